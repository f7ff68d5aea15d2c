import type { BudgetUnit } from '../core/budget.ts';
import type { Call } from '../core/call.ts';
import type { Deployment } from '../core/deployment.ts';
import { isHeeded, limitNames, type OutputBound } from '../core/output-limit.ts';
import type { Params } from '../core/params.ts';
import { SentParams } from '../core/sent-params.ts';
import type { Usage } from '../core/usage.ts';
import { Amounts } from './amounts.ts';
import type { Estimator } from './estimate.ts';
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

  at(deploymentId: string): Amounts {
    return this.#chosen().at(deploymentId);
  }

  get injectMaxOutputTokens(): number | undefined {
    return this.#outputBound().fill;
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

  get strict(): Amounts {
    if (this.#strict !== undefined) return this.#strict;
    const bound = this.#outputBound();
    const amounts = this.#each().map((sending) => {
      const { deployment, asked, inputTokens, rates } = sending;
      const outputTokens = outputOf(sending, bound);
      const costNanoUsd = rates && costBound(rates, inputTokens, outputTokens, asked.kinds);
      return { id: deployment.id, inputTokens, outputTokens, costNanoUsd };
    });
    this.#strict = new Amounts(amounts);
    return this.#strict;
  }

  get expected(): Amounts {
    if (this.#expected !== undefined) return this.#expected;
    const bound = this.#outputBound();
    const amounts = this.#each().map((sending) => {
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
    for (const sending of this.#each()) {
      if (only !== undefined && sending.deployment.id !== only.id) continue;
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

  #each(): readonly Sending[] {
    if (this.#sendings !== undefined) return this.#sendings;
    const isText = limitNames(this.#call.operation) !== undefined;
    const sendings: Sending[] = [];
    for (const deployment of this.#deployments) {
      const sent = this.#sentTo(deployment);
      const { call, found } = sent;
      sent.output ??= outputAsked(call, this.#estimator.askedFor(call, found));
      sendings.push({
        deployment,
        sent,
        asked: sent.output,
        inputTokens: this.#estimator.strictInput(call, deployment, found),
        rates: withToolFees(this.#estimator.rates(call, deployment, this.#now, found), call, deployment),
        fixedOutput: isText ? undefined : this.#estimator.outputWithoutText(call, deployment, found),
        boundable: isText && this.#params.boundName(deployment) !== undefined,
      });
    }
    this.#sendings = sendings;
    return sendings;
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

function isUnbounded({ asked, boundable, deployment, sent }: Sending): boolean {
  const bounds = asked.limit !== undefined && isHeeded(asked.limit, deployment.vendor, sent.call.operation);
  return !bounds && boundable;
}
