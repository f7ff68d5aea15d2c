import { aborted, type Failure } from '../../core/failure.ts';
import { NO_USAGE, type Usage } from '../../core/usage.ts';
import { deadlineError } from '../../errors/final-error.ts';
import { type PartialAnswer, StreamInterruptedError } from '../../errors/stream-interrupted-error.ts';
import { eventBase } from '../../events/event-base.ts';
import type { ActiveCall } from '../active-call.ts';
import type { Attempt } from '../attempts/attempt.ts';
import type { CallRecord } from '../record/call-record.ts';
import { toEventError, toEventFailure } from '../record/to-event-failure.ts';
import { toRouteFailure } from '../record/to-route-failure.ts';
import { toldError } from '../record/told-error.ts';
import type { Runtime } from '../runtime.ts';
import type { CallerItems } from './caller-items.ts';

export const DROPPED = aborted('the stream was dropped');

/** A stream that broke, and what its caller had of it. */
export interface BrokenStream {
  readonly failure: Failure;
  readonly partial: PartialAnswer;
  /** What the broken attempt is charged for. */
  readonly usage: Usage;
}

/** What each end of a stream means for its attempt and for its call. */
export class StreamEnd {
  readonly #record: CallRecord;
  readonly #runtime: Runtime;

  constructor({ record, runtime }: ActiveCall) {
    this.#record = record;
    this.#runtime = runtime;
  }

  /** The provider is done, and the caller has all of it. */
  completed(attempt: Attempt, items: CallerItems): void {
    const output = this.#record.call.plan.captureContent ? items.partial() : undefined;
    this.#record.delivered(items.tally.finishReason, output);
    attempt.succeedAsStream(items.tally);
    this.#record.end('success');
    items.tally.forgetText();
  }

  /** Nothing more may leave: what the provider has done by now is charged. The error that the caller is to see. */
  blocked(error: Error, attempt: Attempt, items: CallerItems): Error {
    attempt.fail(DROPPED);
    items.cancel();
    this.#record.end('denied', toEventError(error, this.#record.call));
    return toldError(error, this.#record);
  }

  /** The attempt broke; the call may go on. */
  broke(error: unknown, attempt: Attempt, items: CallerItems): BrokenStream {
    const failure = attempt.toFailure(error);
    const partial = items.partial();
    items.cancel();
    const usage = attempt.fail(failure)?.usage ?? NO_USAGE;
    const { call } = this.#record;
    this.#runtime.events.emit('stream.interrupt', () => ({
      type: 'stream.interrupt',
      ...eventBase(call, this.#runtime.clock.now()),
      deployment: attempt.deployment.id,
      failure: toEventFailure(failure, call),
      delivered: items.tally.characters,
    }));
    return { failure, partial, usage };
  }

  /** Nobody went on. The error that the caller is to see. */
  interrupted({ failure, partial, usage }: BrokenStream, items: CallerItems): Error {
    const attempts = this.#record.attempts.slice();
    const facts = { partial, usage, resumable: items.tally.onlyText, failure: toRouteFailure(failure), attempts };
    const interruption = new StreamInterruptedError(facts, failure.cause);
    const { message } = toEventFailure(failure, this.#record.call);
    this.#record.end('error', { code: interruption.code, message: `the stream was interrupted: ${message}` });
    return toldError(interruption, this.#record);
  }

  /** The reader left, or the call was cancelled with `error`: the attempt ends. */
  dropped(attempt: Attempt, items: CallerItems): void {
    attempt.fail(DROPPED);
    items.cancel();
  }

  /** The same for the call. */
  abandoned(error: Error | undefined): void {
    const timedOut = deadlineError(this.#record.call.cancellation.reason) !== undefined;
    this.#record.end(timedOut ? 'error' : 'aborted', error && { code: codeOf(error), message: error.message });
  }
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : 'aborted';
}
