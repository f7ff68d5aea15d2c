import type { ItemSource } from '../../core/item-source.ts';
import type { MaybePromise } from '../../core/maybe-promise.ts';
import type { PartialAnswer } from '../../errors/stream-interrupted-error.ts';
import type { CommittedStream } from '../attempts/commit-gate.ts';
import { StreamTally } from '../reading/stream-tally.ts';
import type { CallRecord } from '../record/call-record.ts';
import { GuardedItems } from './guarded-items.ts';
import { takeLateUsage } from './take-late-usage.ts';

/** The items of one attempt's stream on their way to the caller: counted as they come, then looked at by guards. */
export class CallerItems {
  readonly tally: StreamTally;
  /** How long readers have waited since the last content, in milliseconds. */
  contentIdleMs = 0;
  /** Items that came from the provider, also before these. */
  chunks = 0;
  readonly #source: ItemSource<unknown>;
  readonly #held: readonly unknown[];
  #heldIndex = 0;
  /** All that comes from the provider has come. */
  #sourceEnded: boolean;
  readonly #hidesUsage: boolean;
  /** Undefined if nothing looks at the items. */
  readonly #guarded: GuardedItems | undefined;
  /** What was handed over before the answer was continued elsewhere. */
  readonly #said: PartialAnswer | undefined;

  /** `before`: the items that these go on from; one that begins anew is looked at anew. */
  constructor(stream: CommittedStream, record: CallRecord, before?: CallerItems) {
    const { params, operation } = record.call;
    this.tally = stream.tally;
    this.#source = stream.items;
    this.#held = stream.held;
    this.#sourceEnded = stream.ended;
    const asked = params.stream_options as { include_usage?: boolean } | null | undefined;
    this.#hidesUsage = operation === 'chat' && asked?.include_usage !== true;
    this.#guarded = before === undefined ? guardedItems(record) : before.#guarded;
    this.#said = before?.partial();
  }

  /** The next item that is for the caller: now, later, or undefined at the end. Throws the refusal of a guard. */
  take(): unknown {
    const left = this.#guarded?.next();
    if (left !== undefined) return left;
    while (this.#heldIndex < this.#held.length) {
      this.chunks += 1;
      const passed = this.#pass(this.#held[this.#heldIndex++]);
      if (passed !== undefined) return passed;
    }
    if (this.#sourceEnded) return undefined;
    for (;;) {
      const item = this.#source.next();
      if (item === undefined || item instanceof Promise) return item;
      this.chunks += 1;
      if (this.tally.add(item)) this.contentIdleMs = 0;
      const passed = this.#pass(item);
      if (passed !== undefined) return passed;
    }
  }

  /** Takes an item that was waited for; gives what is for the caller now. */
  arrive(item: unknown, waitedMs: number): unknown {
    this.chunks += 1;
    this.contentIdleMs = this.tally.add(item) ? 0 : this.contentIdleMs + waitedMs;
    return this.#pass(item);
  }

  #pass(item: unknown): unknown {
    if (this.#hidesUsage && tellsUsage(item)) return undefined;
    return this.#guarded === undefined ? item : this.#guarded.pass(item);
  }

  /** Nothing more comes. Makes ready what guards held back to the end; undefined if that has been done. */
  end(): MaybePromise<true> | undefined {
    this.#sourceEnded = true;
    return this.#guarded?.end();
  }

  /** What the caller has been given, as far as it is text or calls of tools. */
  partial(): PartialAnswer {
    if (this.#guarded !== undefined) return this.#guarded.partial();
    const partial = this.tally.partial();
    if (this.#said === undefined) return partial;
    return { ...partial, text: this.#said.text + partial.text, reasoning: this.#said.reasoning + partial.reasoning };
  }

  /** Counts what is already there of a finished answer. */
  takeLateUsage(): void {
    takeLateUsage(this.#source, this.tally);
  }

  cancel(): void {
    this.#source.cancel();
  }
}

function tellsUsage(item: unknown): boolean {
  const chunk = item as { choices: readonly unknown[]; usage?: unknown };
  return chunk.choices.length === 0 && chunk.usage != null;
}

function guardedItems({ guards, call }: CallRecord): GuardedItems | undefined {
  const guard = guards?.openStream();
  return guard && new GuardedItems(guard, new StreamTally(call.operation));
}
