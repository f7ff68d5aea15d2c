import type { Call } from '../core/call.ts';
import type { Deployment } from '../core/deployment.ts';
import type { Params } from '../core/params.ts';
import { NO_USAGE, type Usage } from '../core/usage.ts';
import type { BoundLimit } from './bound-limit.ts';
import { type Estimator, wholeNumber } from './estimate.ts';
import type { Estimate, EstimatedAmounts } from './ledger.ts';
import { costBound, costExpected, outputBoughtBy } from './price.ts';
import type { Rates } from './rates.ts';

/** Output bound where neither the params nor the deployment name one; every chat model in use accepts it. */
const DEFAULT_OUTPUT_TOKENS = 4_096;
/** No larger output bound is injected, so that one call does not hold a budget's whole room. */
const LARGEST_INJECTED = 32_768;
/** An injected bound holds at most this share of a limit, so that a small budget admits calls until it is nearly used up. */
const SHARE_OF_LIMIT = 0.1;
const SMALLEST_INJECTED = 256;
/** Beyond any model; keeps sums of absurd params within safe integers. */
const LARGEST_OUTPUT = 1_000_000_000;
const MOST_CHOICES = 1_000;
const TEXT_OPERATIONS: ReadonlySet<string> = new Set(['chat', 'responses', 'completions']);

/** An estimate that is computed when it is first asked for: a call without budgets never pays for it. */
export class CallEstimate implements Estimate {
  readonly #call: Call;
  readonly #deployments: readonly Deployment[];
  readonly #estimator: Estimator;
  readonly #now: number;
  #strict: EstimatedAmounts | undefined;
  #expected: EstimatedAmounts | undefined;
  #output: { readonly tokens: number; readonly injected: number | undefined } | undefined;
  #bounded: readonly Bounded[] | undefined;

  constructor(call: Call, deployments: readonly Deployment[], estimator: Estimator, now: number) {
    this.#call = call;
    this.#deployments = deployments;
    this.#estimator = estimator;
    this.#now = now;
  }

  get usage(): Usage {
    return this.#chosen().usage;
  }

  get expectedInputTokens(): number {
    let most = 0;
    for (const deployment of this.#deployments) most = Math.max(most, this.#estimator.probableInput(this.#call, deployment));
    return most;
  }

  get costNanoUsd(): number | undefined {
    return this.#chosen().costNanoUsd;
  }

  get costByDeployment(): ReadonlyMap<string, number | undefined> {
    return this.#chosen().costByDeployment;
  }

  get injectMaxOutputTokens(): number | undefined {
    return this.#outputBound().injected;
  }

  get strict(): EstimatedAmounts {
    this.#strict ??= this.strictWith(this.#outputBound().tokens);
    return this.#strict;
  }

  get expected(): EstimatedAmounts {
    if (this.#expected !== undefined) return this.#expected;
    const bound = this.#outputBound().tokens;
    const parts = this.#deployments.map((deployment) => {
      const inputTokens = this.#estimator.expectedInput(this.#call, deployment);
      const outputTokens = this.#estimator.expectedOutput(deployment, bound);
      const rates = this.#estimator.rates(this.#call, deployment, this.#now);
      const asked = this.#estimator.askedFor(this.#call, deployment);
      const costNanoUsd = rates && costExpected(rates, inputTokens, outputTokens, asked);
      return { id: deployment.id, inputTokens, outputTokens, costNanoUsd };
    });
    this.#expected = new Amounts(parts);
    return this.#expected;
  }

  /** The bound with another output, as a clamp makes it. */
  strictWith(output: number): EstimatedAmounts {
    const parts: Part[] = [];
    for (const { deployment, inputTokens, rates } of this.#bounds()) {
      const costNanoUsd = rates && costBound(rates, inputTokens, output, this.#estimator.askedFor(this.#call, deployment));
      parts.push({ id: deployment.id, inputTokens, outputTokens: output, costNanoUsd });
    }
    return new Amounts(parts);
  }

  /** Output tokens that an amount of money buys at the dearest of the deployments (or at one); -1: not even the input. */
  outputFor(nanoUsd: number, only?: Deployment): number {
    let least = Number.MAX_SAFE_INTEGER;
    for (const { deployment, inputTokens, rates } of only === undefined ? this.#bounds() : [this.#boundAt(only)]) {
      if (rates === undefined) continue;
      const asked = this.#estimator.askedFor(this.#call, deployment);
      least = Math.min(least, outputBoughtBy(rates, nanoUsd, inputTokens, asked));
    }
    return least;
  }

  /** How many answers the output is for. */
  get choices(): number {
    return choicesOf(this.#call.params);
  }

  #chosen(): EstimatedAmounts {
    return this.#estimator.onlyExpects(this.#call) ? this.expected : this.strict;
  }

  #outputBound(): { readonly tokens: number; readonly injected: number | undefined } {
    if (this.#output !== undefined) return this.#output;
    const { operation, params, modelPlan } = this.#call;
    if (!TEXT_OPERATIONS.has(operation)) {
      this.#output = { tokens: this.#estimator.outputWithoutText(this.#call, this.#deployments), injected: undefined };
      return this.#output;
    }
    const { outputBound } = this.#call;
    const given = outputAsked(params) ?? (modelPlan.params && outputAsked(modelPlan.params));
    const asked = outputBound === undefined ? given : Math.min(given ?? outputBound, outputBound);
    if (asked !== undefined) {
      this.#output = { tokens: Math.min(asked, LARGEST_OUTPUT) * this.choices, injected: undefined };
      return this.#output;
    }
    const fallback = outputOfAll(this.#deployments);
    const limits = this.#estimator.boundingLimits(this.#call, this.#deployments);
    const injected = limits.length === 0 ? undefined : this.#injected(limits, fallback);
    this.#output = { tokens: (injected ?? fallback) * this.choices, injected };
    return this.#output;
  }

  #injected(limits: readonly BoundLimit[], fallback: number): number {
    let input = 0;
    for (const { inputTokens } of this.#bounds()) input = Math.max(input, inputTokens);
    let least = fallback;
    for (const { unit, limit, short } of limits) {
      if (short || unit === 'requests' || unit === 'inputTokens') continue;
      const share = Math.floor(limit * SHARE_OF_LIMIT);
      const total = unit === 'usd' ? this.outputFor(share) : unit === 'tokens' ? share - input : share;
      least = Math.min(least, Math.floor(total / this.choices));
    }
    return Math.max(least, Math.min(SMALLEST_INJECTED, fallback));
  }

  #bounds(): readonly Bounded[] {
    if (this.#bounded !== undefined) return this.#bounded;
    const bounded: Bounded[] = [];
    for (const deployment of this.#deployments) bounded.push(this.#boundAt(deployment));
    this.#bounded = bounded;
    return bounded;
  }

  #boundAt(deployment: Deployment): Bounded {
    const inputTokens = this.#estimator.strictInput(this.#call, deployment);
    return { deployment, inputTokens, rates: this.#estimator.rates(this.#call, deployment, this.#now) };
  }
}

/** A deployment with the bound on its input there, and what its tokens cost. */
interface Bounded {
  readonly deployment: Deployment;
  readonly inputTokens: number;
  readonly rates: Rates | undefined;
}

/** What the call may come to at one deployment. */
interface Part {
  readonly id: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costNanoUsd: number | undefined;
}

/** The most of each over the deployments. */
class Amounts implements EstimatedAmounts {
  readonly usage: Usage;
  readonly costNanoUsd: number | undefined;
  readonly #parts: readonly Part[];

  constructor(parts: readonly Part[]) {
    let inputTokens = 0;
    let outputTokens = 0;
    let costNanoUsd: number | undefined = 0;
    for (const part of parts) {
      inputTokens = Math.max(inputTokens, part.inputTokens);
      outputTokens = Math.max(outputTokens, part.outputTokens);
      const isKnown: boolean = costNanoUsd !== undefined && part.costNanoUsd !== undefined;
      costNanoUsd = isKnown ? Math.max(costNanoUsd ?? 0, part.costNanoUsd ?? 0) : undefined;
    }
    this.usage = { ...NO_USAGE, inputTokens, outputTokens };
    this.costNanoUsd = costNanoUsd;
    this.#parts = parts;
  }

  get costByDeployment(): ReadonlyMap<string, number | undefined> {
    return new Map(this.#parts.map(({ id, costNanoUsd }) => [id, costNanoUsd]));
  }
}

/** The output that each of the deployments can give. */
function outputOfAll(deployments: readonly Deployment[]): number {
  if (deployments.length === 0) return DEFAULT_OUTPUT_TOKENS;
  let least = LARGEST_INJECTED;
  for (const { capabilities } of deployments) least = Math.min(least, capabilities.maxOutputTokens ?? DEFAULT_OUTPUT_TOKENS);
  return least;
}

function outputAsked(params: Params): number | undefined {
  return wholeNumber(params.max_completion_tokens ?? params.max_tokens ?? params.max_output_tokens);
}

function choicesOf(params: Params): number {
  const asked = Math.max(wholeNumber(params.n) ?? 1, wholeNumber(params.best_of) ?? 1, 1);
  return Math.min(asked, MOST_CHOICES);
}
