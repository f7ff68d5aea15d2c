import { chain, type MaybePromise } from '../../core/maybe-promise.ts';
import type { KeptCall } from '../active-call.ts';
import { keepAnswer } from '../reading/turn-keeper.ts';
import type { Answer } from './answer.ts';
import { type GuardedReply, guardKept } from './guard-output.ts';
import { toReply } from './kept-reply.ts';
import { KeptStream } from './kept-stream.ts';

/** An answer from the cache as the caller gets it: through the output guards of this call, and in the form that it asks for. */
export function deliverKept(keptCall: KeptCall): MaybePromise<Answer> {
  const { call, record, kept } = keptCall;
  const deployment = call.modelPlan.deployments.find(({ id }) => id === kept.deployment);
  record.answeredFrom(kept, deployment);
  const reply = toReply(kept);
  if (reply.kind === 'object') keepTurns(reply.body, keptCall);
  return chain(guardKept(reply, keptCall), handOut, keptCall);
}

/** This caller goes on with the turn as if the provider had answered it. */
function keepTurns(body: unknown, { call, record: { deployment }, runtime }: KeptCall): void {
  const bridged = deployment !== undefined && runtime.accountOf(call.plan, deployment.provider).bridgesResponses;
  keepAnswer(body, call, runtime, bridged);
}

function handOut(guarded: GuardedReply, { call, record, kept, runtime }: KeptCall): Answer {
  const { status, headers, attempt } = guarded;
  if (guarded.kind === 'bytes') {
    record.end('success');
    return { kind: 'bytes', record, status, headers, attempt, bytes: guarded.bytes };
  }
  record.delivered(guarded.finishReason, guarded.body);
  if (call.stream) {
    record.commitKept();
    const stream = new KeptStream(kept.itemsOf(guarded.body), record, runtime.clock);
    return { kind: 'stream', record, status, headers, attempt, stream };
  }
  record.end('success');
  return { kind: 'object', record, status, headers, attempt, body: guarded.body };
}
