import { chain, type MaybePromise } from '../../core/maybe-promise.ts';
import type { AttemptAnswer } from '../attempts/attempt-answer.ts';
import type { AttemptableCall } from '../candidates/attemptable-call.ts';
import type { Answer } from './answer.ts';
import { CallerStream } from './caller-stream.ts';
import { type GuardedAnswer, guardOutput } from './guard-output.ts';
import { recoverBy } from './recover.ts';
import { remember } from './remember.ts';

/** The answer as the caller gets it. One that came whole ends its call here; a stream ends it when it ends. */
export function deliver(answered: AttemptAnswer, attemptable: AttemptableCall): MaybePromise<Answer> {
  return chain(guardOutput(remember(answered, attemptable), attemptable), handOut, attemptable);
}

function handOut(guarded: GuardedAnswer, attemptable: AttemptableCall): Answer {
  const { record } = attemptable;
  const { status, headers, attempt } = guarded;
  record.answeredBy(attempt.deployment);
  if (guarded.kind === 'stream' || guarded.kind === 'chunks') {
    record.commit(record.elapsedMs());
    const { open } = guarded;
    const stream = new CallerStream(open, attemptable, recoverBy(attemptable, identityOf(open.stream.held[0])));
    return { kind: guarded.kind, record, status, headers, attempt, stream };
  }
  if (guarded.kind === 'bytes') {
    record.end('success');
    return { kind: 'bytes', record, status, headers, attempt, bytes: guarded.bytes };
  }
  record.delivered(guarded.finishReason, guarded.body);
  record.end('success');
  return { kind: 'object', record, status, headers, attempt, body: guarded.body };
}

function identityOf(item: unknown): { id: string; created: number; model: string } {
  const { id = '', created = 0, model = '' } = (item ?? {}) as { id?: string; created?: number; model?: string };
  return { id, created, model };
}
