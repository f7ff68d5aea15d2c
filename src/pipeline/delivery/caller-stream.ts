import { StreamTimeout } from '../../core/cancellation-reasons.ts';
import type { MaybePromise } from '../../core/maybe-promise.ts';
import { ContentBlockedError } from '../../errors/content-blocked-error.ts';
import { abortError, deadlineError } from '../../errors/final-error.ts';
import { RunLimitError } from '../../errors/run-limit-error.ts';
import type { ChunkGaps } from '../../events/chunk-gaps.ts';
import type { ActiveCall } from '../active-call.ts';
import type { Attempt } from '../attempts/attempt.ts';
import type { OpenStream } from '../attempts/open-stream.ts';
import type { CallRecord } from '../record/call-record.ts';
import { toldError } from '../record/told-error.ts';
import type { Runtime } from '../runtime.ts';
import { CallerItems } from './caller-items.ts';
import type { Recover } from './recover.ts';
import { DROPPED, StreamEnd } from './stream-end.ts';
import { LONGEST_UNREAD_MS, StreamWatch } from './stream-watch.ts';

type Item = IteratorResult<unknown, undefined>;
const DONE: Item = { done: true, value: undefined };

/** Where a stream stands. */
type StreamState =
  | { readonly kind: 'open' }
  /** Broken: others are asked to go on. */
  | { readonly kind: 'recovering' }
  /** `error` is for whoever reads next, once. */
  | { readonly kind: 'ended'; error: Error | undefined }
  /** The reader left while others were asked to go on: the call ends when their attempt is accounted for. */
  | { readonly kind: 'abandoned'; error: Error | undefined; readonly because: Error | undefined };

const OPEN: StreamState = { kind: 'open' };
const RECOVERING: StreamState = { kind: 'recovering' };

/**
 * The iterator the caller reads: gives what comes, and ends attempt and call exactly once, whether the stream ends, breaks,
 * is dropped, aborted, or never read. Written by hand: an async generator that was never started skips its `finally`.
 */
export class CallerStream implements AsyncIterator<unknown, undefined> {
  readonly #record: CallRecord;
  readonly #runtime: Runtime;
  readonly #recover: Recover;
  readonly #end: StreamEnd;
  readonly #watch: StreamWatch;
  readonly #detach: () => void;
  #state: StreamState = OPEN;
  #attempt: Attempt;
  #items: CallerItems;
  /** The read under way. */
  #waiting: Promise<Item> | undefined;
  #waitingSinceMs = 0;
  #breakRead: ((reason: unknown) => void) | undefined;
  /** Undefined if nobody wants to know. */
  readonly #gaps: ChunkGaps | undefined;

  constructor(open: OpenStream, active: ActiveCall, recover: Recover) {
    const { record, runtime } = active;
    this.#record = record;
    this.#runtime = runtime;
    this.#recover = recover;
    this.#end = new StreamEnd(active);
    this.#attempt = open.attempt;
    this.#items = new CallerItems(open.stream, record);
    this.#gaps = chunkGaps(open, active);
    this.#watch = new StreamWatch(runtime.clock, { onIdle: () => this.#cancelIdle(), onUnread: () => this.#dropUnread() });
    this.#detach = record.call.cancellation.onCancel(() => this.#cancelled());
    this.#attempt.cancellation.onCancel((reason) => this.#breakRead?.(reason));
  }

  next(): Promise<Item> {
    if (this.#waiting) return this.#waiting.then(() => this.next());
    if (this.#hasEnded()) return Promise.resolve(this.#afterEnd());
    this.#watch.noteRead();
    return this.#read();
  }

  /** The reader stops: the upstream is cancelled and what was delivered is charged. */
  return(): Promise<Item> {
    if (this.#state.kind === 'open' && this.#waiting === undefined) this.#items.takeLateUsage();
    if (!this.#hasEnded()) this.#drop(undefined);
    this.#takeError();
    return Promise.resolve(DONE);
  }

  /** The item that is already there, or the one that comes. */
  #read(): Promise<Item> {
    let item: unknown;
    try {
      item = this.#items.take();
    } catch (error) {
      return this.#failed(error);
    }
    if (item instanceof Promise) return this.#awaitItem(item);
    return item === undefined ? Promise.resolve(this.#finish()) : Promise.resolve({ done: false, value: item });
  }

  /** A stream spends its time here: the clock is read once before an item and once after it, and no promise is spare. */
  #awaitItem(pending: Promise<unknown>): Promise<Item> {
    this.#attempt.account.lease?.noteReport(this.#items.tally);
    this.#waitingSinceMs = this.#runtime.clock.monotonicMs();
    const leftMs = this.#attempt.timeouts.contentIdleMs - this.#items.contentIdleMs;
    this.#watch.awaitContent(leftMs, this.#waitingSinceMs);
    // The reason of a cancellation comes at once, whether or not the source heeds it.
    const first = new Promise((resolve, reject) => {
      this.#breakRead = reject;
      pending.then(resolve, reject);
    });
    this.#waiting = first.then(this.#arrived, this.#failed);
    return this.#waiting;
  }

  readonly #arrived = (item: unknown): MaybePromise<Item> => {
    this.#waiting = undefined;
    if (this.#hasEnded()) return this.#afterEnd();
    if (item === undefined) return this.#finish();
    try {
      const nowMs = this.#runtime.clock.monotonicMs();
      const passed = this.#items.arrive(item, nowMs - this.#waitingSinceMs);
      this.#gaps?.arrived(this.#items.chunks, nowMs);
      if (passed === undefined) return this.#read();
      this.#attempt.account.lease?.keep(this.#items.tally, nowMs);
      this.#watch.awaitReader(nowMs);
      return { done: false, value: passed };
    } catch (error) {
      return this.#failed(error);
    }
  };

  readonly #failed = (error: unknown): Promise<Item> =>
    this.#wait(isRefusal(error) ? this.#blocked(error) : this.#interrupted(error));

  async #wait(pending: Promise<Item>): Promise<Item> {
    this.#waiting = pending;
    try {
      return await pending;
    } finally {
      this.#waiting = undefined;
    }
  }

  #finish(): MaybePromise<Item> {
    if (this.#hasEnded()) return DONE;
    const left = this.#items.end();
    if (left !== undefined) return this.#readLeft(left);
    this.#close({ kind: 'ended', error: undefined });
    this.#end.completed(this.#attempt, this.#items);
    return DONE;
  }

  /** What guards held back to the end, which they may need time for; the provider is done by then. */
  #readLeft(left: MaybePromise<true>): Promise<Item> {
    this.#attempt.succeedAsStream(this.#items.tally);
    if (!(left instanceof Promise)) return this.#read();
    this.#waiting = left.then(() => {
      this.#waiting = undefined;
      this.#watch.awaitReader(this.#runtime.clock.monotonicMs());
      return this.#hasEnded() ? this.#afterEnd() : this.#read();
    }, this.#failed);
    return this.#waiting;
  }

  /** Nothing more leaves. */
  async #blocked(error: Error): Promise<Item> {
    if (this.#hasEnded()) return this.#afterEnd();
    this.#items.takeLateUsage();
    this.#close({ kind: 'ended', error: undefined });
    throw this.#end.blocked(error, this.#attempt, this.#items);
  }

  async #interrupted(error: unknown): Promise<Item> {
    if (this.#hasEnded()) return this.#afterEnd();
    const broken = this.#end.broke(error, this.#attempt, this.#items);
    this.#state = RECOVERING;
    const recovered = await this.#recover(broken.failure, this.#items.tally);
    const state = this.#stateNow();
    if (state.kind === 'abandoned') {
      recovered?.open.stream.items.cancel();
      recovered?.open.attempt.fail(DROPPED);
      this.#end.abandoned(state.because);
      return this.#afterEnd();
    }
    if (recovered) return this.#goOn(recovered);
    this.#close({ kind: 'ended', error: undefined });
    throw this.#end.interrupted(broken, this.#items);
  }

  #goOn({ open, announce }: { open: OpenStream; announce: readonly unknown[] }): Promise<Item> {
    this.#state = OPEN;
    this.#attempt = open.attempt;
    this.#attempt.cancellation.onCancel((reason) => this.#breakRead?.(reason));
    const stream = { ...open.stream, held: [...announce, ...open.stream.held] };
    const { chunks } = this.#items;
    this.#items = new CallerItems(stream, this.#record, this.#record.isSpliced ? this.#items : undefined);
    this.#items.chunks = chunks;
    this.#watch.awaitReader(this.#runtime.clock.monotonicMs());
    return this.#read();
  }

  /** The caller's signal, the deadline or `close` ended the call. */
  #cancelled(): void {
    if (this.#hasEnded()) return;
    const { reason } = this.#record.call.cancellation;
    this.#drop(deadlineError(reason) ?? abortError(reason));
  }

  #cancelIdle(): void {
    const { contentIdleMs } = this.#attempt.timeouts;
    this.#attempt.cancellation.cancel(new StreamTimeout('content_idle_timeout', contentIdleMs));
  }

  #dropUnread(): void {
    this.#drop(deadlineError(new StreamTimeout('stream_unread', LONGEST_UNREAD_MS)));
  }

  #drop(error: Error | undefined): void {
    const isRecovering = this.#state.kind === 'recovering';
    this.#close(isRecovering ? { kind: 'abandoned', error, because: error } : { kind: 'ended', error });
    this.#end.dropped(this.#attempt, this.#items);
    // The attempt under way is to be accounted for first.
    if (isRecovering) this.#record.call.cancellation.cancel(DROPPED);
    else this.#end.abandoned(error);
  }

  #close(state: StreamState): void {
    this.#state = state;
    this.#record.streamed(this.#items.chunks);
    this.#gaps?.passed(this.#items.chunks);
    this.#watch.stop();
    this.#detach();
  }

  // Methods, so that a state that changed during an `await` is looked at anew.
  #stateNow(): StreamState {
    return this.#state;
  }

  #hasEnded(): boolean {
    const { kind } = this.#state;
    return kind === 'ended' || kind === 'abandoned';
  }

  /** Nothing more, or the error that ended it, once. */
  #afterEnd(): MaybePromise<Item> {
    const error = this.#takeError();
    return error === undefined ? DONE : Promise.reject(toldError(error, this.#record));
  }

  #takeError(): Error | undefined {
    const state = this.#state;
    if (state.kind !== 'ended' && state.kind !== 'abandoned') return undefined;
    const { error } = state;
    state.error = undefined;
    return error;
  }
}

/** A guard's word on what goes out, or that it may not ask a model for one. */
function isRefusal(error: unknown): error is Error {
  return error instanceof ContentBlockedError || error instanceof RunLimitError;
}

/** From the first content on, which may have come before these items were asked for. */
function chunkGaps({ stream }: OpenStream, { record, runtime }: ActiveCall): ChunkGaps | undefined {
  const { channels } = runtime.events;
  if (!channels.active) return undefined;
  const { requestId, startedMonotonicMs } = record.call;
  return channels.chunkGapsOf(requestId, startedMonotonicMs + (record.firstTokenMs ?? record.elapsedMs()), stream.held.length);
}
