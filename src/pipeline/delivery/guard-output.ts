import { inOrder } from '../../core/candidate-order.ts';
import { aborted } from '../../core/failure.ts';
import { chain, type MaybePromise } from '../../core/maybe-promise.ts';
import type { ContentBlockedError } from '../../errors/content-blocked-error.ts';
import type { AnswerVerdict, CallGuards } from '../../guards/call-guards.ts';
import type { KeptCall } from '../active-call.ts';
import type { AttemptAnswer } from '../attempts/attempt-answer.ts';
import { failOver } from '../attempts/fail-over.ts';
import type { AttemptableCall } from '../candidates/attemptable-call.ts';
import type { KeptReply } from './kept-reply.ts';

declare const GUARDED: unique symbol;

type Guarded<Answered> = Answered & { readonly [GUARDED]: true };

/** An answer that may go out. Only `guardOutput` makes one, so that no other is handed out. */
export type GuardedAnswer = Guarded<AttemptAnswer>;
/** The same of one that was kept: whole, also if the call asks for a stream, which is made of what the guards leave. */
export type GuardedReply = Guarded<KeptReply>;

/**
 * Asks the guards that are for the call whether what was answered may go out: what an attempt brought has been charged by
 * now, and nobody has read it. What they block is asked of the model's `contentFilter` fallbacks, if it has any. Items of a
 * stream pass in `CallerStream`, after the tally. Throws `ContentBlockedError`.
 */
export function guardOutput(answered: AttemptAnswer, attemptable: AttemptableCall): MaybePromise<GuardedAnswer> {
  const { guards } = attemptable.record;
  if (guards === undefined || !guards.guardsOutput) return answered as GuardedAnswer;
  const verdict = verdictOn(answered, guards);
  if (!(verdict instanceof Promise) && verdict.action === 'pass') return verdict.answer as GuardedAnswer;
  return answerInstead(verdict, guards, attemptable);
}

/** The same for an answer that the cache kept: there is nobody else to ask. Throws `ContentBlockedError`. */
export function guardKept(reply: KeptReply, { record }: KeptCall): MaybePromise<GuardedReply> {
  const { guards } = record;
  if (guards === undefined || !guards.guardsOutput) return reply as GuardedReply;
  if (reply.kind === 'object') return chain(guards.guardAnswer(reply.body), keptBody, reply);
  return chain(guards.guardBytes(reply.bytes, reply.headers['content-type'] ?? ''), keptBytes, reply);
}

function keptBody(verdict: AnswerVerdict<unknown>, reply: KeptReply & { kind: 'object' }): GuardedReply {
  if (verdict.action === 'block') throw verdict.error;
  return { ...reply, body: verdict.answer } as GuardedReply;
}

function keptBytes(verdict: AnswerVerdict<Uint8Array>, reply: KeptReply & { kind: 'bytes' }): GuardedReply {
  if (verdict.action === 'block') throw verdict.error;
  return { ...reply, bytes: verdict.answer } as GuardedReply;
}

function verdictOn(answered: AttemptAnswer, guards: CallGuards): MaybePromise<AnswerVerdict<AttemptAnswer>> {
  if (answered.kind === 'object') return chain(guards.guardAnswer(answered.body), withBody, answered);
  if (answered.kind === 'chunks') return verdictOnChunks(answered, guards);
  if (answered.kind === 'stream') return { action: 'pass', answer: answered };
  const type = answered.headers['content-type'] ?? '';
  return chain(guards.guardBytes(answered.bytes, type), withBytes, answered);
}

/** Bytes that come one by one are not read, so that only what is handed out unread passes. */
function verdictOnChunks(
  answered: AttemptAnswer & { kind: 'chunks' },
  guards: CallGuards,
): MaybePromise<AnswerVerdict<AttemptAnswer>> {
  const error = guards.refuseBytes();
  if (error === undefined) return { action: 'pass', answer: answered };
  answered.open.stream.items.cancel();
  answered.attempt.fail(UNREAD);
  return { action: 'block', error };
}

const UNREAD = aborted('a guard could not read the answer');

function withBody(verdict: AnswerVerdict<unknown>, answered: AttemptAnswer & { kind: 'object' }): AnswerVerdict<AttemptAnswer> {
  if (verdict.action === 'block') return verdict;
  return { action: 'pass', answer: verdict.answer === answered.body ? answered : { ...answered, body: verdict.answer } };
}

function withBytes(
  verdict: AnswerVerdict<Uint8Array>,
  answered: AttemptAnswer & { kind: 'bytes' },
): AnswerVerdict<AttemptAnswer> {
  return verdict.action === 'block' ? verdict : { action: 'pass', answer: { ...answered, bytes: verdict.answer } };
}

/** The answer of the first `contentFilter` fallback that may go out. Throws the last refusal if there is none. */
async function answerInstead(
  first: MaybePromise<AnswerVerdict<AttemptAnswer>>,
  guards: CallGuards,
  attemptable: AttemptableCall,
): Promise<GuardedAnswer> {
  let verdict = await first;
  while (verdict.action === 'block') {
    const { error } = verdict;
    verdict = await verdictOn(await askElsewhere(error, attemptable), guards);
  }
  if (attemptable.call.cancellation.cancelled) throw attemptable.call.cancellation.reason;
  return verdict.answer as GuardedAnswer;
}

async function askElsewhere(refusal: ContentBlockedError, attemptable: AttemptableCall): Promise<AttemptAnswer> {
  const { call, fallbacks, record } = attemptable;
  const candidates = fallbacks.next('contentFilter');
  if (candidates.length === 0 || record.attempts.length >= call.modelPlan.retry.maxAttempts) throw refusal;
  try {
    return await failOver({ ...attemptable, candidates: inOrder(candidates) });
  } catch {
    // What the caller is to see is why the first answer may not go out.
    throw refusal;
  }
}
