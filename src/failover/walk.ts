import type { CandidateOrder } from '../core/candidate-order.ts';
import type { Clock } from '../core/clock.ts';
import type { Deployment } from '../core/deployment.ts';
import type { Failure } from '../core/failure.ts';
import type { RetryPolicy } from '../core/policies.ts';
import type { FailoverDecision } from '../core/strategy.ts';
import type { RetryBudget } from './retry-budget.ts';
import { mayRepeat } from './strategies/waits.ts';
import { FAILURE_RULES } from './table.ts';

/** A candidate with what has happened at it. */
interface Step {
  readonly deployment: Deployment;
  attempts: number;
  /** True until it was tried or skipped in this round. */
  untried: boolean;
  /** Its window is too small for the input, so that it is never tried again. */
  barred: boolean;
  failure: Failure | undefined;
  /** Monotonic time before which its provider does not want to be asked again. */
  readyAtMs: number;
}

interface WalkFacts {
  readonly clock: Clock;
  readonly retryBudget: Pick<RetryBudget, 'left'>;
  /** Attempts of the same call before this walk. */
  readonly earlier: readonly { readonly deployment: string }[];
}

/**
 * Where a call stands among its candidates: which is next, which may be repeated. A call that its first candidate answers
 * never has the others laid out.
 */
export class Walk {
  readonly #retry: RetryPolicy;
  readonly #facts: WalkFacts;
  readonly #first: Step | undefined;
  /** Where the candidates after the first come from, until they are laid out. */
  #later: CandidateOrder | undefined;
  #steps: Step[];
  /** By the deployment's id; undefined until they are laid out. */
  #byId: Map<string, Step> | undefined;
  #current: Step | undefined;
  #again = false;
  attempts: number;
  rounds = 0;
  lastFailure: Failure | undefined;
  lastTried: Deployment | undefined;

  constructor(candidates: CandidateOrder, retry: RetryPolicy, facts: WalkFacts) {
    this.#retry = retry;
    this.#facts = facts;
    this.attempts = facts.earlier.length;
    this.#first = candidates.first && this.#step(candidates.first);
    this.#steps = this.#first === undefined ? [] : [this.#first];
    this.#later = candidates;
  }

  includes(deployment: Deployment): boolean {
    return this.#at(deployment) !== undefined;
  }

  /** Whether the call is not through with it: one that it has not tried, or may repeat. */
  mayTry(deployment: Deployment): boolean {
    const step = this.#at(deployment);
    return step === undefined || (!step.barred && (step.failure === undefined || this.#isRepeatable(step)));
  }

  /** Further candidates; those already there are left out. */
  add(candidates: readonly Deployment[]): void {
    for (const deployment of candidates) this.#add(deployment);
  }

  /** Candidates of a fallback model; those already there are left out, and those whose window is known to be no larger. */
  addFallbacks(candidates: readonly Deployment[], { kind }: Failure): void {
    const isTooLong = FAILURE_RULES[kind].others === 'larger-window';
    const window = (isTooLong && this.lastTried?.contextWindow) || 0;
    for (const deployment of candidates) {
      if (deployment.contextWindow === undefined || deployment.contextWindow > window) this.#add(deployment);
    }
  }

  #add(deployment: Deployment): void {
    const byId = this.#laidOut();
    if (byId.has(deployment.id)) return;
    const step = this.#step(deployment);
    byId.set(deployment.id, step);
    this.#steps.push(step);
  }

  #step(deployment: Deployment): Step {
    const { earlier } = this.#facts;
    const attempts = earlier.length === 0 ? 0 : earlier.filter((attempt) => attempt.deployment === deployment.id).length;
    return { deployment, attempts, untried: true, barred: false, failure: undefined, readyAtMs: 0 };
  }

  #at({ id }: Deployment): Step | undefined {
    return this.#first?.deployment.id === id ? this.#first : this.#laidOut().get(id);
  }

  /** All candidates by their ids; the steps are complete then. */
  #laidOut(): Map<string, Step> {
    const later = this.#later;
    if (this.#byId !== undefined && later === undefined) return this.#byId;
    this.#later = undefined;
    this.#byId = new Map();
    if (this.#first !== undefined) this.#byId.set(this.#first.deployment.id, this.#first);
    if (later !== undefined) this.add(later.order);
    return this.#byId;
  }

  get #all(): readonly Step[] {
    this.#laidOut();
    return this.#steps;
  }

  /** The candidate to try now, the same until it failed or was skipped; undefined when none is left in this round. */
  current(): Deployment | undefined {
    if (!this.#again || this.#current === undefined) this.#current = this.#nextUntried();
    return this.#current?.deployment;
  }

  #nextUntried(): Step | undefined {
    // The first stays at the head until a round starts over, for which all are laid out.
    const [head] = this.#steps;
    return head?.untried ? head : this.#all.find((step) => step.untried);
  }

  /** Candidates of this round after the current one. */
  rest(): readonly Deployment[] {
    return this.#all.filter((step) => step.untried && step !== this.#current).map((step) => step.deployment);
  }

  /** The current candidate was not to be had (queue, rate limit, cooling); it counts as no attempt. */
  skip(waitMs: number): void {
    this.#again = false;
    if (this.#current === undefined) return;
    this.#current.untried = false;
    this.#current.readyAtMs = this.#facts.clock.monotonicMs() + waitMs;
  }

  noteFailure(deployment: Deployment, failure: Failure): void {
    this.#again = false;
    this.attempts += 1;
    this.lastFailure = failure;
    this.lastTried = deployment;
    const step = this.#at(deployment);
    if (step === undefined) return;
    step.attempts += 1;
    step.untried = false;
    step.failure = failure;
    step.readyAtMs = failure.retryAfterMs === undefined ? 0 : this.#facts.clock.monotonicMs() + failure.retryAfterMs;
    if (FAILURE_RULES[failure.kind].others === 'larger-window') this.#bar(deployment.contextWindow ?? 0);
    if (FAILURE_RULES[failure.kind].others === 'none') for (const other of this.#all) other.untried = false;
  }

  attemptsAt(deployment: Deployment): number {
    return this.#at(deployment)?.attempts ?? 0;
  }

  get untried(): number {
    return this.#all.filter((step) => step.untried).length;
  }

  get repeatable(): number {
    return this.#repeatableSteps().length;
  }

  /** The shortest wait among the repeatable candidates whose providers asked for one; undefined if one did not ask. */
  get soonestRetryAfterMs(): number | undefined {
    const steps = this.#repeatableSteps();
    if (steps.length === 0 || steps.some((step) => step.readyAtMs === 0)) return undefined;
    return Math.max(0, Math.min(...steps.map((step) => step.readyAtMs)) - this.#facts.clock.monotonicMs());
  }

  /** The soonest that any candidate may answer again, for the final error. */
  get retryAfterMs(): number | undefined {
    const times = this.#all.map((step) => step.readyAtMs).filter((readyAtMs) => readyAtMs > 0);
    return times.length === 0 ? undefined : Math.max(0, Math.round(Math.min(...times) - this.#facts.clock.monotonicMs()));
  }

  /** Puts the decision into effect: the same candidate again, the next one, or a new round. */
  follow(decision: FailoverDecision): void {
    if (decision.action === 'retry') this.#again = true;
    if (decision.action === 'next' && this.untried === 0) this.#startOver(this.#readyAfter(decision.afterMs));
  }

  /** Makes the candidates that were skipped, and no other, available again. */
  reconsider(): void {
    this.#startOver(this.#all.filter((step) => step.failure === undefined));
  }

  /** Repeatable candidates whose providers want to be asked again by then; all if none does. */
  #readyAfter(afterMs: number): readonly Step[] {
    const atMs = this.#facts.clock.monotonicMs() + afterMs;
    const repeatable = this.#repeatableSteps();
    const ready = repeatable.filter((step) => step.readyAtMs <= atMs);
    return ready.length > 0 ? ready : repeatable;
  }

  #startOver(steps: readonly Step[]): void {
    this.rounds += 1;
    for (const step of steps) step.untried = true;
    this.#steps.sort((left, right) => Number(right.untried) - Number(left.untried) || left.readyAtMs - right.readyAtMs);
  }

  #repeatableSteps(): Step[] {
    return this.#all.filter((step) => this.#isRepeatable(step));
  }

  #isRepeatable({ failure, attempts, barred, deployment }: Step): boolean {
    if (!failure || barred || !mayRepeat(failure)) return false;
    return attempts < this.#retry.attemptsPerDeployment && this.#facts.retryBudget.left(deployment.id);
  }

  #bar(window: number): void {
    for (const step of this.#all) {
      if ((step.deployment.contextWindow ?? 0) > window) continue;
      step.barred = true;
      step.untried = false;
    }
  }
}
