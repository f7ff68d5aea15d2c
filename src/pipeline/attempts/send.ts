import type { Call } from '../../core/call.ts';
import { mayBeJoined } from '../../core/chunk-join.ts';
import type { MaybePromise } from '../../core/maybe-promise.ts';
import type { Outcome } from '../../core/outcome.ts';
import { NOTHING_DELIVERED } from '../../ledger/delivered.ts';
import type { UpstreamReply } from '../../providers/provider.ts';
import { readAnswer, readBytes } from '../reading/answer-facts.ts';
import { calledTools } from '../reading/called-tools.ts';
import { StreamTally } from '../reading/stream-tally.ts';
import { keepAnswer, turnKeeper } from '../reading/turn-keeper.ts';
import { settleEnded, workInAnswer } from '../reading/work-in-answer.ts';
import { asksForWork } from '../record/asks-for-work.ts';
import type { Runtime } from '../runtime.ts';
import type { Attempt } from './attempt.ts';
import type { AttemptAnswer } from './attempt-answer.ts';
import { commitGate } from './commit-gate.ts';
import { joinedAnswer } from './joined-answer.ts';
import { noteBatchFile, uploadsBatch } from './note-batch-file.ts';
import { hasFilterFallback, usageOfFiltered, withheld } from './withheld.ts';

/**
 * Sends an attempt until it has answered or failed. A reused socket that closed before any byte of the answer is
 * tried again at once, once, over a new one: the server had closed it before the request came, so that it is no attempt
 * of its own, and may have closed all that are kept.
 */
export async function send(attempt: Attempt, call: Call, runtime: Runtime): Promise<Outcome<AttemptAnswer>> {
  for (let resent = false; ; resent = true) {
    try {
      const reply = await attempt.send(resent || isSentOnce(call));
      const answering = answered(reply, attempt, call, runtime);
      const outcome = answering instanceof Promise ? await answering : answering;
      if (!outcome.ok) attempt.fail(outcome.failure);
      if (attempt.account.pending) await attempt.account.pending;
      if (outcome.ok && uploadsBatch(call)) await noteUpload(outcome.value, call, runtime);
      return outcome;
    } catch (error) {
      const failure = attempt.toFailure(error);
      if (failure.staleSocket && !resent && call.upload?.canBeSent !== false) continue;
      attempt.fail(failure);
      return { ok: false, failure };
    }
  }
}

function answered(reply: UpstreamReply, attempt: Attempt, call: Call, runtime: Runtime): MaybePromise<Outcome<AttemptAnswer>> {
  switch (reply.kind) {
    case 'stream':
      if (!call.stream && mayBeJoined(call.operation)) return joinedAnswer(reply, attempt, call, runtime);
      return streamAtCommit(reply, attempt, call, runtime);
    case 'chunks':
      return streamAtCommit(reply, attempt, call, runtime);
    default:
      return wholeAnswer(reply, attempt, call, runtime);
  }
}

/** What is a stream itself goes over a new socket: one that turned out to be closed could not be made up for. */
function isSentOnce({ upload }: Call): boolean {
  return upload !== undefined && upload.byteLength === undefined;
}

function noteUpload(sent: AttemptAnswer, call: Call, runtime: Runtime): Promise<void> | void {
  return noteBatchFile(call, sent.attempt.deployment, sent.kind === 'object' ? sent.body : undefined, runtime);
}

async function streamAtCommit(
  reply: Reply<'stream' | 'chunks'>,
  attempt: Attempt,
  call: Call,
  runtime: Runtime,
): Promise<Outcome<AttemptAnswer>> {
  const { status, headers, items } = reply;
  const tally = new StreamTally(call.operation, reply.kind === 'stream' ? reply.reported : undefined, asksForWork(call));
  // The choices of an answer with several stand side by side, and their calls under the same places.
  if (!(Number(call.params.n) > 1)) tally.keeper = turnKeeper(call, runtime);
  attempt.account.reads(tally);
  const { account, cancellation, timeouts } = attempt;
  const { clock } = runtime;
  const { firstTokenMs } = timeouts;
  const holdsRefusals = hasFilterFallback(call);
  const stream = await commitGate(items, { tally, lease: account.lease, cancellation, clock, firstTokenMs, holdsRefusals });
  attempt.committed();
  const sent: AttemptAnswer = { kind: reply.kind, status, headers, open: { attempt, stream }, attempt };
  if (holdsRefusals && stream.ended && tally.isFiltered) return withheld(sent, undefined);
  const { work } = tally;
  if (work?.ended === false && call.cost !== 'free') account.leaveTo(work);
  return { ok: true, value: sent };
}

function wholeAnswer(
  reply: Reply<'object'> | Reply<'bytes'>,
  attempt: Attempt,
  call: Call,
  runtime: Runtime,
): Outcome<AttemptAnswer> {
  const { status, headers } = reply;
  if (reply.kind === 'bytes') {
    attempt.succeed(readBytes(reply.bytes, call.operation, headers['content-type']));
    return { ok: true, value: { kind: 'bytes', status, headers, bytes: reply.bytes, attempt } };
  }
  const facts = readAnswer(reply.body, call.operation);
  const { finishReason, usage, delivered } = facts;
  const value: AttemptAnswer = { kind: 'object', status, headers, body: reply.body, attempt, finishReason };
  if (facts.isFiltered && hasFilterFallback(call)) {
    return withheld(value, usageOfFiltered(facts, call, attempt.deployment, runtime));
  }
  if (call.cost === 'free') attempt.account.pending = settleEnded(reply.body, attempt.deployment, call.plan, runtime.ledger);
  if (call.runs !== undefined) attempt.account.calledTools = calledTools(reply.body);
  attempt.succeed(facts, workInAnswer(call, reply.body));
  keepAnswer(reply.body, call, runtime);
  if (usage?.unreported !== undefined) attempt.account.completeUsage(reply.body, usage, delivered);
  if (usage === undefined && call.operation === 'embeddings') addEstimatedUsage(reply.body, attempt, call, runtime);
  return { ok: true, value };
}

type Reply<Kind extends UpstreamReply['kind']> = UpstreamReply & { readonly kind: Kind };

/** OpenAI's embeddings always tell their usage, and its clients read it unasked; not every provider counts. */
function addEstimatedUsage(body: unknown, attempt: Attempt, call: Call, runtime: Runtime): void {
  if (typeof body !== 'object' || body === null) return;
  const { inputTokens } = runtime.ledger.estimateUsage(call, attempt.deployment, NOTHING_DELIVERED);
  Object.assign(body, { usage: { prompt_tokens: inputTokens, total_tokens: inputTokens } });
}
