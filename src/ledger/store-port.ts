import { AnswerWatch, type Patience } from '../core/answer-watch.ts';
import type { Caller } from '../core/caller.ts';
import type { Clock } from '../core/clock.ts';
import { redactedError } from '../core/redact-error.ts';
import { BY_LOOKS } from '../core/redactor.ts';
import type { Emitter } from '../events/emitter.ts';
import type { MaybePromise, Store } from '../stores/store.ts';
import { STORE_WORDS, StoreError } from '../stores/store-error.ts';

const PATIENCE: Patience = { silenceMs: 300, overtakenMs: 3_000, longestMs: 30_000 };

/** On whose behalf the store is asked; the base of events. */
export interface Origin {
  readonly requestId: string;
  readonly caller: Caller;
  readonly model: string;
}

/** For commands that no call asked for. */
export const NO_CALL: Origin = Object.freeze({ requestId: '', caller: Object.freeze({}), model: '' });

export type StoreVerb = Exclude<keyof Store, 'close'>;

/** What became of a command: its result, or why the store could not answer. */
export class StoreFailure {
  readonly error: StoreError;

  constructor(error: StoreError) {
    this.error = error;
  }
}

/**
 * Asks the store. Synchronous if the store is; a promise is given 300 ms without any answer of the
 * store, so that no command fails that only waits behind others. A failure is an answer, not a throw;
 * going down and coming back are events. A `RangeError` is a fault of the caller and is thrown.
 */
export class StorePort {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #events: Emitter;
  readonly #answers: AnswerWatch;
  #failing: StoreError | undefined;

  constructor(store: Store, clock: Clock, events: Emitter) {
    this.#store = store;
    this.#clock = clock;
    this.#events = events;
    this.#answers = new AnswerWatch(clock, PATIENCE);
  }

  ask<T>(
    verb: StoreVerb,
    origin: Origin,
    command: (store: Store, now: number) => MaybePromise<T>,
  ): MaybePromise<T | StoreFailure> {
    let answer: MaybePromise<T>;
    try {
      answer = command(this.#store, this.#clock.now());
    } catch (error) {
      if (error instanceof RangeError) throw error;
      return this.#fail(verb, origin, error);
    }
    if (answer instanceof Promise) return this.#await(verb, origin, answer);
    if (this.#failing !== undefined) this.#recover(verb, origin);
    return answer;
  }

  /** Asks for a report; throws if the store cannot answer. */
  async read<T>(verb: StoreVerb, command: (store: Store) => MaybePromise<T>): Promise<T> {
    const answer = await this.ask(verb, NO_CALL, command);
    if (answer instanceof StoreFailure) throw answer.error;
    return answer;
  }

  async #await<T>(verb: StoreVerb, origin: Origin, answer: Promise<T>): Promise<T | StoreFailure> {
    try {
      const value = await this.#answers.within(answer, () => silent(verb));
      if (this.#failing !== undefined) this.#recover(verb, origin);
      return value;
    } catch (error) {
      if (error instanceof RangeError) throw error;
      return this.#fail(verb, origin, error);
    }
  }

  #fail(verb: StoreVerb, origin: Origin, thrown: unknown): StoreFailure {
    const error = toStoreError(thrown);
    const known = this.#failing !== undefined;
    this.#failing = error;
    if (!known) this.#emit('store.fail', verb, origin, error);
    return new StoreFailure(error);
  }

  #recover(verb: StoreVerb, origin: Origin): void {
    const error = this.#failing;
    this.#failing = undefined;
    if (error !== undefined) this.#emit('store.recover', verb, origin, error);
  }

  #emit(type: 'store.fail' | 'store.recover', operation: StoreVerb, origin: Origin, { code }: StoreError): void {
    const { requestId, caller, model } = origin;
    const error = { code, message: STORE_WORDS[code] };
    const facts = () => ({ at: this.#clock.now(), requestId, caller, model, operation, error });
    if (type === 'store.fail') this.#events.emit(type, () => ({ type, ...facts() }));
    else this.#events.emit(type, () => ({ type, ...facts() }));
  }
}

function silent(verb: StoreVerb): StoreError {
  return new StoreError('store_timeout', `The store did not answer ${verb} within ${PATIENCE.silenceMs} ms`);
}

/** The library's stores throw their own error; what another one throws may hold a client's options and commands. */
function toStoreError(thrown: unknown): StoreError {
  if (thrown instanceof StoreError) return thrown;
  return new StoreError('store_unavailable', 'The store failed', redactedError(thrown, BY_LOOKS));
}
