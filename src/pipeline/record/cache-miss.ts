import type { Lead } from '../../cache/lead.ts';
import type { StreamRecorder } from '../../cache/stream-recorder.ts';
import type { AnswerFacts, WholeAnswer } from '../../cache/whole-answer.ts';
import type { CacheUse } from '../../core/cache-use.ts';
import type { Call } from '../../core/call.ts';
import type { ItemSource } from '../../core/item-source.ts';

type StreamFacts = Omit<AnswerFacts, 'costNanoUsd'>;

/** As much of a stream as is recorded. */
interface RecordedStream {
  readonly held: readonly unknown[];
  readonly items: ItemSource<unknown>;
  /** All of it is held. */
  readonly ended: boolean;
}

/** How a call ended: `failed` at its provider, or `left` for a reason of its own. */
export type MissEnd = 'success' | 'failed' | 'left';

/** What a call that the cache had no answer for owes it: the answer, or word that there is none. */
export class CacheMiss {
  readonly use: CacheUse;
  readonly #lead: Lead;
  #recorder: StreamRecorder | undefined;
  #facts: StreamFacts | undefined;
  #isWhole = false;
  #isUnfit: ((finishReason: string | undefined) => boolean) | undefined;
  /** What came whole. Until the end of the call nobody but guards has seen it. */
  #whole: { readonly answer: WholeAnswer; readonly facts: AnswerFacts } | undefined;
  #isDoubted = false;

  constructor(lead: Lead) {
    this.#lead = lead;
    const { similarity } = lead;
    this.use = similarity === undefined ? MISS : { hit: false, similarity };
  }

  /** It is kept if the call ends well. */
  keep(answer: WholeAnswer, facts: AnswerFacts): void {
    this.#whole = { answer, facts };
  }

  /** A guard has found something in the answer, which is not kept then: the same call may get a better one. */
  doubt(): void {
    this.#isDoubted = true;
  }

  /** The stream, each of whose items is recorded before anybody changes it. It is kept if the call ends well and it ended. */
  keepStream<T extends RecordedStream>(
    stream: T,
    contentType: string | undefined,
    facts: StreamFacts,
    isUnfit: (finishReason: string | undefined) => boolean,
  ): T {
    const recorder = this.#lead.record(contentType);
    for (const item of stream.held) recorder.add(item);
    this.#recorder = recorder;
    this.#facts = facts;
    this.#isWhole = stream.ended;
    this.#isUnfit = isUnfit;
    const { items } = stream;
    const note = (item: unknown): unknown => {
      if (item === undefined) this.#isWhole = true;
      else recorder.add(item);
      return item;
    };
    const recorded: ItemSource<unknown> = {
      next() {
        const item = items.next();
        return item instanceof Promise ? item.then(note) : note(item);
      },
      cancel: () => items.cancel(),
    };
    return { ...stream, items: recorded };
  }

  /** The call has ended. A stream that was gone on with elsewhere has not been read to its own end, and is not kept. */
  end(end: MissEnd, finishReason: string | undefined, costNanoUsd: number | undefined): void {
    if (this.#isDoubted) this.#lead.remember(NOTHING, NO_FACTS);
    else if (end === 'success') this.#remember(finishReason, costNanoUsd);
    if (end === 'failed') this.#lead.fail();
    else this.#lead.leave();
  }

  #remember(finishReason: string | undefined, costNanoUsd: number | undefined): void {
    if (this.#whole !== undefined) this.#lead.remember(this.#whole.answer, this.#whole.facts);
    if (this.#recorder === undefined || this.#facts === undefined || !this.#isWhole) return;
    const facts = { ...this.#facts, costNanoUsd };
    if (this.#isUnfit?.(finishReason)) this.#lead.remember(NOTHING, facts);
    else this.#lead.rememberStream(this.#recorder, facts);
  }
}

export function endOf(outcome: 'success' | 'error' | 'denied' | 'aborted', { cancellation }: Call): MissEnd {
  if (outcome === 'success') return 'success';
  return outcome === 'error' && !cancellation.cancelled ? 'failed' : 'left';
}

const MISS: CacheUse = Object.freeze({ hit: false });
const NOTHING: WholeAnswer = { kind: 'object', body: undefined };
const NO_FACTS: AnswerFacts = { status: 0, deployment: '', costNanoUsd: undefined };
