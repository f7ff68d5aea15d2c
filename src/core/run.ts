import type { Caller } from './caller.ts';
import { nanoToUsd } from './money.ts';
import {
  checkRunAmounts,
  RUN_LIMITS,
  type RunAmounts,
  type RunAtLimit,
  type RunLimit,
  type RunLimits,
  type RunReport,
  type RunTotals,
} from './run-limits.ts';

/** Names of models and tools that are told apart; further ones are added up under the last name. */
const MOST_NAMES = 1_000;
const OTHERS = '(others)';
/** What may be the name of a tool: anything else that an answer calls one is a text of the model's. */
const TOOL_NAME = /^[\p{L}\p{N}_.:/-]{1,128}$/u;

/** What a call of a run has come to. */
export interface RunUse {
  readonly calls: number;
  readonly nanoUsd: number;
  readonly tokens: number;
  readonly tools: readonly string[];
}

/** Of one limit, in the ledger's units: nano-dollars for money. */
export interface RunCounter {
  held: number;
  spent: number;
}

/** One run: its limits as they stand now, and what it has come to. A run without an id is counted here alone. */
export class Run {
  readonly id: string;
  /** Counted in the gateway's store, under its id. */
  readonly isNamed: boolean;
  readonly caller: Caller;
  readonly onLimit: RunLimits['onLimit'];
  /** This run and all that it is inside of, the outermost last. */
  readonly chain: readonly Run[];
  readonly counters: Readonly<Record<RunLimit, RunCounter>> = {
    maxUsd: { held: 0, spent: 0 },
    maxTokens: { held: 0, spent: 0 },
    maxCalls: { held: 0, spent: 0 },
    maxToolCalls: { held: 0, spent: 0 },
    maxMs: { held: 0, spent: 0 },
  };
  /** Limits that are near, of which it has been told. */
  readonly warned = new Set<RunLimit>();
  /** In milliseconds since the epoch; of a named run its first start, once the store has told. */
  startedAt: number;
  isStartKnown: boolean;
  /** When its last call came. */
  usedAt: number;
  /** Set while `onLimit` is asked. */
  question: Promise<boolean> | undefined;
  #limits: RunAmounts;
  readonly #totals = { calls: 0, nanoUsd: 0, tokens: 0, toolCalls: 0 };
  readonly #models = new Map<string, { calls: number; nanoUsd: number; tokens: number }>();
  readonly #tools = new Map<string, number>();

  /** `limits`: checked before. */
  constructor(id: string, limits: RunLimits, caller: Caller, parents: readonly Run[], now: number) {
    this.id = id;
    this.isNamed = limits.id !== undefined;
    this.caller = caller;
    this.onLimit = limits.onLimit;
    this.chain = [this, ...parents];
    this.startedAt = now;
    this.isStartKnown = !this.isNamed;
    this.usedAt = now;
    this.#limits = amountsOf(limits);
  }

  /** The id of the run that it is inside of; a run may be begun once more inside of itself. */
  get parent(): string | undefined {
    return this.chain.find(({ id }) => id !== this.id)?.id;
  }

  get limits(): RunAmounts {
    return this.#limits;
  }

  /** Takes what is larger than before; false if nothing is. Throws if an amount is none. */
  raise(to: RunAmounts): boolean {
    checkRunAmounts(to, 'raise');
    let isRaised = false;
    const limits: Partial<Record<RunLimit, number>> = { ...this.#limits };
    for (const name of RUN_LIMITS) {
      const [old, next] = [limits[name], to[name]];
      if (old === undefined || next === undefined || next <= old) continue;
      limits[name] = next;
      this.warned.delete(name);
      isRaised = true;
    }
    this.#limits = limits;
    return isRaised;
  }

  add(model: string, use: RunUse): void {
    const { calls, nanoUsd, tokens, tools } = use;
    const name = this.#models.has(model) || this.#models.size < MOST_NAMES ? model : OTHERS;
    const ofModel = this.#models.get(name) ?? { calls: 0, nanoUsd: 0, tokens: 0 };
    this.#models.set(name, ofModel);
    for (const sums of [this.#totals, ofModel]) {
      sums.calls += calls;
      sums.nanoUsd += nanoUsd;
      sums.tokens += tokens;
    }
    this.#totals.toolCalls += tools.length;
    for (const tool of tools) {
      const isTold = this.#tools.has(tool) || (this.#tools.size < MOST_NAMES && TOOL_NAME.test(tool));
      const known = isTold ? tool : OTHERS;
      this.#tools.set(known, (this.#tools.get(known) ?? 0) + 1);
    }
  }

  totals(): RunTotals {
    const { calls, nanoUsd, tokens, toolCalls } = this.#totals;
    const models = [...this.#models].map(([name, of]) => [
      name,
      { calls: of.calls, usd: nanoToUsd(of.nanoUsd), tokens: of.tokens },
    ]);
    return {
      ...{ calls, usd: nanoToUsd(nanoUsd), tokens, toolCalls },
      models: Object.fromEntries(models),
      tools: Object.fromEntries(this.#tools),
    };
  }

  report(): RunReport {
    const { id, caller, startedAt, limits } = this;
    return { id, parent: this.parent, caller, startedAt, limits: { ...limits }, totals: this.totals() };
  }

  atLimit(limit: RunLimit, spent: number): RunAtLimit {
    return { ...this.report(), limit, spent };
  }
}

/** All runs that a call or a further run is inside of, each once: those of its own binding and those around the code that is running. */
export function runsOf(own: Run | undefined, around: readonly Run[] | undefined): readonly Run[] | undefined {
  if (own === undefined) return around;
  if (around === undefined) return own.chain;
  const others = around.filter((run) => !own.chain.includes(run));
  return others.length === 0 ? own.chain : [...own.chain, ...others];
}

function amountsOf(limits: RunLimits): RunAmounts {
  const amounts: Partial<Record<RunLimit, number>> = {};
  for (const name of RUN_LIMITS) if (limits[name] !== undefined) amounts[name] = limits[name];
  return amounts;
}
