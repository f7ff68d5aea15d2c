import type { Failure } from '../../core/failure.ts';
import { nanoToUsd } from '../../core/money.ts';
import type { Served } from '../../core/served.ts';
import { addUsage, NO_USAGE, type Usage, type UsageSource } from '../../core/usage.ts';
import type { Settlement } from '../../ledger/ledger.ts';

/** What an attempt came to, as it is charged and reported. */
export interface AttemptEnd {
  readonly failure?: Failure | undefined;
  readonly usage?: Usage | undefined;
  readonly source?: UsageSource | undefined;
  readonly costNanoUsd?: number | undefined;
  /** The part that is known, if the cost is not. */
  readonly leastNanoUsd?: number | undefined;
  readonly served?: Served | undefined;
  /** Names of the tools that it called; noted for calls of runs only. */
  readonly tools?: readonly string[] | undefined;
  /** Its usage is reported when the work that it began is settled. */
  readonly isOpen?: boolean | undefined;
}

/** What an attempt has used that has not ended. */
export interface RunningUse {
  readonly usage: Usage;
  readonly costNanoUsd: number | undefined;
}

/** What the attempts of a call have used, added up: what its reservation settles, and what a crash is to charge. */
export class CallUse {
  /** Undefined until an attempt has used something. */
  usage: Usage | undefined;
  /** `estimated` if any part is. */
  source: UsageSource | undefined;
  #reachedProvider = false;
  /** Of what has a known price. */
  #costNanoUsd: number | undefined;
  #isUnpriced = false;
  /** The part that is known of what has no known price. */
  #leastNanoUsd = 0;
  #tools: readonly string[] | undefined;
  /** What attempts under way have used as far as the store was told, by their numbers. */
  #running: Map<number, RunningUse> | undefined;

  /** Whether a provider was asked: the call is a request then, however many attempts it takes. */
  get reachedProvider(): boolean {
    return this.#reachedProvider;
  }

  get isSome(): boolean {
    return this.usage !== undefined && isSome(this.usage);
  }

  /** Of all attempts; undefined if none used anything, or the price of any is not known. */
  get costNanoUsd(): number | undefined {
    return this.#isUnpriced ? undefined : this.#costNanoUsd;
  }

  /** The same in dollars. */
  get costUsd(): number | undefined {
    return this.costNanoUsd === undefined ? undefined : nanoToUsd(this.costNanoUsd);
  }

  /** An attempt has ended. */
  add(attempt: number, reachedProvider: boolean, { usage, costNanoUsd, leastNanoUsd = 0, source, tools }: AttemptEnd): void {
    if (reachedProvider) this.#reachedProvider = true;
    if (this.#running !== undefined) this.#running.delete(attempt);
    if (tools !== undefined) this.#tools = this.#tools === undefined ? tools : [...this.#tools, ...tools];
    if (usage === undefined) return;
    this.usage = this.usage === undefined ? usage : addUsage(this.usage, usage);
    if (costNanoUsd !== undefined) this.#costNanoUsd = (this.#costNanoUsd ?? 0) + costNanoUsd;
    else if (isSome(usage)) this.#isUnpriced = true;
    this.#leastNanoUsd += leastNanoUsd;
    if (this.source !== 'estimated') this.source = source;
  }

  settlement(): Settlement {
    return {
      requests: this.#reachedProvider ? 1 : 0,
      usage: this.usage ?? NO_USAGE,
      costNanoUsd: this.#costNanoUsd,
      leastNanoUsd: this.#leastNanoUsd,
      unpriced: this.#isUnpriced,
      tools: this.#tools,
    };
  }

  /** An attempt that has not ended has used so much. */
  running(attempt: number, use: RunningUse): void {
    this.#running ??= new Map();
    this.#running.set(attempt, use);
  }

  /** With what the attempts under way have used. */
  settlementSoFar(): Settlement {
    let { usage, costNanoUsd, unpriced } = this.settlement();
    const leastNanoUsd = this.#leastNanoUsd;
    for (const running of this.#running?.values() ?? []) {
      usage = addUsage(usage, running.usage);
      if (running.costNanoUsd !== undefined) costNanoUsd = (costNanoUsd ?? 0) + running.costNanoUsd;
      else if (isSome(running.usage)) unpriced = true;
    }
    return { requests: 1, usage, costNanoUsd, leastNanoUsd, unpriced, tools: this.#tools };
  }
}

function isSome({ inputTokens, outputTokens }: Usage): boolean {
  return inputTokens + outputTokens > 0;
}
