import { chain, type MaybePromise } from '../../core/maybe-promise.ts';
import type { KeptCall } from '../active-call.ts';
import type { Answer } from './answer.ts';
import { type GuardedReply, guardKept } from './guard-output.ts';
import { toReply } from './kept-reply.ts';
import { KeptStream } from './kept-stream.ts';

/** An answer from the cache as the caller gets it: through the output guards of this call, and in the form that it asks for. */
export function deliverKept(keptCall: KeptCall): MaybePromise<Answer> {
  const { record, kept } = keptCall;
  record.answeredFrom(kept);
  return chain(guardKept(toReply(kept), keptCall), handOut, keptCall);
}

function handOut(guarded: GuardedReply, { call, record, kept }: KeptCall): Answer {
  const { status, headers, attempt } = guarded;
  if (guarded.kind === 'bytes') {
    record.end('success');
    return { kind: 'bytes', record, status, headers, attempt, bytes: guarded.bytes };
  }
  record.delivered(guarded.finishReason, guarded.body);
  if (call.stream) {
    record.commitKept();
    const stream = new KeptStream(kept.itemsOf(guarded.body), record);
    return { kind: 'stream', record, status, headers, attempt, stream };
  }
  record.end('success');
  return { kind: 'object', record, status, headers, attempt, body: guarded.body };
}
