import type { BudgetUnit } from '../core/budget.ts';
import type { Call } from '../core/call.ts';
import type { Deployment } from '../core/deployment.ts';
import { isHeeded, limitNames, type OutputBound } from '../core/output-limit.ts';
import type { Params } from '../core/params.ts';
import { SentParams } from '../core/sent-params.ts';
import { servingAsked } from '../core/served.ts';
import type { Usage } from '../core/usage.ts';
import { vendorToolsIn } from '../core/vendor-tools.ts';
import type { AlikeList } from './alike.ts';
import { Amounts, type Part, type PartSource } from './amounts.ts';
import { type Estimator, isText } from './estimate.ts';
import type { Estimate } from './ledger.ts';
import { measuresAlike } from './measure.ts';
import { costBound, costExpected } from './price.ts';
import { fillFor, limitFor, outputAsked, outputOf, outputWithin, type Sending, type SentCall } from './sent-call.ts';
import { withToolFees } from './tool-fees.ts';

const NO_BOUND: OutputBound = {};

/**
 * An estimate of what each deployment is sent, computed when it is first asked for: a call without budgets never pays for
 * it. Deployments that are sent the same are measured once.
 */
export class CallEstimate implements Estimate {
  readonly unpriced: ReadonlyMap<Deployment, string> | undefined;
  readonly #call: Call;
  readonly #deployments: readonly Deployment[];
  readonly #estimator: Estimator;
  readonly #now: number;
  readonly #params: SentParams;
  #asGiven: SentCall | undefined;
  #others: Map<Params, SentCall> | undefined;
  #alike: AlikeList | 'none' | undefined;
  #sendings: readonly Sending[] | undefined;
  #bound: OutputBound | undefined;
  #strict: Amounts | undefined;
  #expected: Amounts | undefined;

  constructor(
    call: Call,
    deployments: readonly Deployment[],
    estimator: Estimator,
    now: number,
    unpriced?: ReadonlyMap<Deployment, string>,
  ) {
    this.unpriced = unpriced;
    this.#call = call;
    this.#deployments = deployments;
    this.#estimator = estimator;
    this.#now = now;
    this.#params = new SentParams(call);
  }

  get usage(): Usage {
    return this.#chosen().usage;
  }

  get totalTokens(): number {
    return this.#chosen().totalTokens;
  }

  get costNanoUsd(): number | undefined {
    return this.#chosen().costNanoUsd;
  }

  get costByDeployment(): ReadonlyMap<string, number | undefined> {
    return this.#chosen().costByDeployment;
  }

  costAt(deploymentId: string): number | undefined {
    return this.#chosen().costAt(deploymentId);
  }

  cheapestOf(deployments: readonly Deployment[]): readonly Deployment[] {
    if (this.#estimator.onlyExpects(this.#call)) return deployments;
    const cheapest = this.#alikes()?.cheapest;
    if (cheapest === undefined) return deployments;
    // Those that are left out may have been the cheapest ones.
    const isWhole = deployments === this.#deployments || cheapest.every((deployment) => deployments.includes(deployment));
    return isWhole ? cheapest : deployments;
  }

  at(deploymentId: string): Amounts {
    return this.#chosen().at(deploymentId);
  }

  get injectMaxOutputTokens(): number | undefined {
    return this.#outputBound().fill;
  }

  get inputCeiling(): number {
    const samples = this.#alikes()?.samples;
    if (samples === undefined) return this.expectedInputTokens;
    let most = 0;
    for (const deployment of samples) most = Math.max(most, this.#estimator.probableCeiling(this.#sentTo(deployment).found));
    return most;
  }

  get expectedInputTokens(): number {
    let most = 0;
    for (const deployment of this.#deployments) most = Math.max(most, this.expectedInputAt(deployment));
    return most;
  }

  expectedInputAt(deployment: Deployment): number {
    const { call, found } = this.#sentTo(deployment);
    return this.#estimator.probableInput(call, deployment, found);
  }

  fewestInputAt(deployment: Deployment): number {
    const { call, found } = this.#sentTo(deployment);
    return this.#estimator.fewestInput(call, deployment, found);
  }

  get strict(): Amounts {
    if (this.#strict !== undefined) return this.#strict;
    const alikes = this.#alikes();
    const source = alikes && this.#partsOf(alikes);
    const parts = this.#each().map((sending) => this.#strictPart(sending));
    this.#strict = new Amounts(parts, source);
    return this.#strict;
  }

  /** Each deployment's part, if the most was taken of a few. */
  #partsOf({ byId }: AlikeList): PartSource {
    const shapes: Sending[] = [];
    const partAt = (deployment: Deployment) => this.#strictPart(this.#sending(deployment));
    return {
      at: (id) => {
        const alike = byId.get(id);
        return alike && partAt(alike.deployment);
      },
      costAt: (id) => {
        const alike = byId.get(id);
        if (alike === undefined || alike.rates === undefined) return undefined;
        if (alike.rates.units !== undefined) return partAt(alike.deployment).costNanoUsd;
        const sending = shapes[alike.shape] ?? this.#sending(alike.deployment);
        shapes[alike.shape] = sending;
        return costBound(alike.rates, sending.inputTokens, outputOf(sending, this.#outputBound()), sending.asked.kinds);
      },
      all: () => this.#deployments.map(partAt),
    };
  }

  #strictPart(sending: Sending): Part {
    const { deployment, asked, inputTokens, rates } = sending;
    const outputTokens = outputOf(sending, this.#outputBound());
    const costNanoUsd = rates && costBound(rates, inputTokens, outputTokens, asked.kinds);
    return { id: deployment.id, inputTokens, outputTokens, costNanoUsd };
  }

  get expected(): Amounts {
    if (this.#expected !== undefined) return this.#expected;
    const bound = this.#outputBound();
    const amounts = this.#deployments.map((at) => {
      const sending = this.#sending(at);
      const { deployment, asked, rates, sent } = sending;
      const inputTokens = this.#estimator.expectedInput(sent.call, deployment, sent.found);
      const outputTokens = this.#estimator.expectedOutput(deployment, outputOf(sending, bound));
      const costNanoUsd = rates && costExpected(rates, inputTokens, outputTokens, asked.kinds);
      return { id: deployment.id, inputTokens, outputTokens, costNanoUsd };
    });
    this.#expected = new Amounts(amounts);
    return this.#expected;
  }

  limitWithin(unit: BudgetUnit, left: number, only: Deployment | undefined): number {
    if (unit === 'requests' || unit === 'inputTokens') return 0;
    const bound = this.#outputBound();
    let least = Number.MAX_SAFE_INTEGER;
    const among = only === undefined ? undefined : this.#deployments.filter(({ id }) => id === only.id);
    for (const sending of among?.map((deployment) => this.#sending(deployment)) ?? this.#each()) {
      if (outputOf(sending, bound) <= outputWithin(sending, unit, left)) continue;
      if (sending.fixedOutput !== undefined || !sending.boundable) return 0;
      least = Math.min(least, limitFor(sending, unit, left));
    }
    return least;
  }

  clampedTo(most: number): CallEstimate {
    const outputBound = { fill: this.injectMaxOutputTokens, most };
    const call = { ...this.#call, outputBound };
    const clamped = new CallEstimate(call, this.#deployments, this.#estimator, this.#now, this.unpriced);
    clamped.#sendings = this.#each();
    return clamped;
  }

  #chosen(): Amounts {
    return this.#estimator.onlyExpects(this.#call) ? this.expected : this.strict;
  }

  #outputBound(): OutputBound {
    this.#bound ??= this.#withFill(this.#call.outputBound ?? NO_BOUND);
    return this.#bound;
  }

  #withFill(given: OutputBound): OutputBound {
    if (given.fill !== undefined || limitNames(this.#call.operation) === undefined) return given;
    const limits = this.#estimator.boundingLimits(this.#call, this.#deployments);
    if (limits.length === 0) return given;
    if (!this.#each().some(isUnbounded)) return given;
    return { fill: fillFor(limits, this.#each().filter(isUnbounded)), most: given.most };
  }

  /** What each deployment is sent; of those that are alike, the dearest ones stand for the others. */
  #each(): readonly Sending[] {
    this.#sendings ??= (this.#alikes()?.samples ?? this.#deployments).map((deployment) => this.#sending(deployment));
    return this.#sendings;
  }

  #sending(deployment: Deployment): Sending {
    const isText = limitNames(this.#call.operation) !== undefined;
    const sent = this.#sentTo(deployment);
    const { call, found } = sent;
    sent.output ??= outputAsked(call, this.#estimator.askedFor(call, found));
    return {
      deployment,
      sent,
      asked: sent.output,
      inputTokens: this.#estimator.strictInput(call, deployment, found),
      rates: withToolFees(this.#estimator.rates(call, deployment, this.#now, found), call, deployment),
      fixedOutput: isText ? undefined : this.#estimator.outputWithoutText(call, deployment, found),
      boundable: isText && this.#params.boundName(deployment) !== undefined,
    };
  }

  /** Undefined if each deployment is to be looked at: for short lists, and for all but plain text. */
  #alikes(): AlikeList | undefined {
    if (this.#alike !== undefined) return this.#alike === 'none' ? undefined : this.#alike;
    const list = this.#estimator.alike(this.#call, this.#deployments, this.#now);
    const found = list?.samples[0] && this.#sentTo(list.samples[0]);
    this.#alike = list !== undefined && found !== undefined && isPlainText(found) ? list : 'none';
    return this.#alikes();
  }

  #sentTo(deployment: Deployment): SentCall {
    const params = this.#params.unbounded(deployment);
    if (params === this.#call.params) return this.#sentAsGiven();
    this.#others ??= new Map();
    let sent = this.#others.get(params);
    if (sent === undefined) {
      const call = { ...this.#call, params };
      const found = measuresAlike(this.#call, params) ? this.#sentAsGiven().found : this.#estimator.measure(call);
      sent = { call, found, output: undefined };
      this.#others.set(params, sent);
    }
    return sent;
  }

  #sentAsGiven(): SentCall {
    this.#asGiven ??= { call: this.#call, found: this.#estimator.measure(this.#call), output: undefined };
    return this.#asGiven;
  }
}

/** Whether it costs by its length alone: no media, no tool that the vendor runs, no tier or speed that is asked for. */
function isPlainText({ call: { params }, found }: SentCall): boolean {
  return isText(found) && servingAsked(params) === undefined && vendorToolsIn(params).length === 0;
}

function isUnbounded({ asked, boundable, deployment, sent }: Sending): boolean {
  const bounds = asked.limit !== undefined && isHeeded(asked.limit, deployment.vendor, sent.call.operation);
  return !bounds && boundable;
}
