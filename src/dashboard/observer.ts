import type { Clock } from '../core/clock.ts';
import type { EventMap, EventType } from '../events/event-map.ts';
import type { Gateway } from '../gateway.ts';
import { BudgetWatch } from './budget-watch.ts';
import { type CallFilter, isCounted, matches } from './call-filter.ts';
import { callerValues, failureFacts, toAttempt, toCall, toGuard, word } from './event-facts.ts';
import type {
  AttemptFacts,
  CallFacts,
  CooldownFacts,
  DeploymentFacts,
  FailoverFacts,
  State,
  StepFacts,
  UnpricedFacts,
} from './facts.ts';
import { Ring } from './ring.ts';
import { SpendOverTime } from './spend-over-time.ts';

/** Calls under way whose attempts are remembered; the oldest give way. */
const MOST_UNDER_WAY = 4_096;
const MOST_COOLDOWNS = 256;
const SHOWN = 20;
/** A hedge that lost ends soon after its call. */
const LATE_AMONG = 64;

/** One that several models have is told once. */
function distinct(all: readonly DeploymentFacts[]): readonly DeploymentFacts[] {
  return [...new Map(all.map((one) => [one.deployment, one])).values()];
}

/** What is known of a call that has not ended. */
interface UnderWay {
  readonly attempts: AttemptFacts[];
  readonly steps: StepFacts[];
  reason?: string;
  isUnpriced?: boolean;
  /** Budgets that had too little for it, in order. */
  exceeded?: EventMap['budget.exceed'][];
}

type Listeners = { readonly [T in EventType]?: (event: EventMap[T]) => void };

/**
 * What happened at a gateway lately, of its events: rings of fixed size, so that its memory does not grow with calls. An
 * ordinary call costs two events; everything else is counted when somebody asks.
 */
export class Observer {
  readonly #gateway: Gateway;
  readonly #clock: Clock;
  readonly #budgets: BudgetWatch;
  readonly #spend = new SpendOverTime();
  readonly #recent = new Ring<CallFacts>(500);
  /** Kept apart, so that a flood of good calls does not wash them away. */
  readonly #troubled = new Ring<CallFacts>(300);
  readonly #refused = new Ring<CallFacts>(200);
  readonly #unpricedCalls = new Ring<CallFacts>(100);
  readonly #failovers = new Ring<FailoverFacts>(SHOWN);
  readonly #unpriced = new Ring<UnpricedFacts>(SHOWN);
  readonly #underWay = new Map<string, UnderWay>();
  readonly #cooldowns = new Map<string, CooldownFacts>();
  readonly #since: number;
  readonly #totals = { calls: 0, errors: 0, refused: 0, failovers: 0, retries: 0, cached: 0, unpriced: 0, costUsd: 0 };
  #lastCount = { atMs: 0, calls: 0, perSecond: 0 };
  /** Grows with every event. */
  #version = 0;

  constructor(gateway: Gateway, clock: Clock) {
    this.#gateway = gateway;
    this.#clock = clock;
    this.#since = clock.now();
    this.#budgets = new BudgetWatch(gateway.control, clock);
    for (const [type, listener] of this.#each()) gateway.on(type, listener);
  }

  get version(): number {
    return this.#version;
  }

  close(): void {
    for (const [type, listener] of this.#each()) this.#gateway.off(type, listener);
  }

  async state(): Promise<State> {
    await this.#budgets.read();
    const at = this.#clock.now();
    for (const [key, { untilMs }] of this.#cooldowns) if (untilMs <= at) this.#cooldowns.delete(key);
    return {
      at,
      since: this.#since,
      totals: { ...this.#totals },
      callsPerSecond: this.#perSecond(),
      budgets: this.#budgets.balances,
      budgetsLeftOut: this.#budgets.leftOut,
      deployments: distinct(this.#gateway.control.health()),
      cooldowns: [...this.#cooldowns.values()],
      failovers: this.#failovers.first(SHOWN),
      unpriced: this.#unpriced.first(SHOWN),
      refusals: this.#refused.first(SHOWN),
      spend: this.#spend.facts(at),
    };
  }

  /** Newest first. */
  calls(filter: CallFilter, most: number): CallFacts[] {
    const ofBudget = filter.budget === undefined ? undefined : this.#budgets.matchOf(filter.budget);
    return this.#kept()
      .filter((call) => matches(call, filter) && (ofBudget === undefined || isCounted(call, ofBudget)))
      .sort((one, other) => other.at - one.at)
      .slice(0, most);
  }

  call(id: string): CallFacts | undefined {
    return this.#kept().find((call) => call.id === id);
  }

  /** Whether something has happened in a call that has not ended. */
  isUnderWay(id: string): boolean {
    return this.#underWay.has(id);
  }

  #kept(): CallFacts[] {
    const rings = [this.#recent, this.#troubled, this.#refused, this.#unpricedCalls];
    return [...new Set(rings.flatMap((ring) => [...ring.newest()]))];
  }

  #each(): [EventType, never][] {
    return Object.entries(this.#listeners) as unknown as [EventType, never][];
  }

  readonly #listeners: Listeners = {
    'request.end': (event) => this.#ended(event),
    'attempt.end': (event) => this.#attemptEnded(event),
    retry: ({ requestId, at, deployment, failure, afterMs }) => {
      this.#totals.retries += 1;
      this.#step(requestId, { kind: 'retry', at, deployment, failure: failureFacts(failure), afterMs });
    },
    failover: ({ requestId, at, from, to, failure, model }) => {
      this.#totals.failovers += 1;
      const step = { kind: 'failover' as const, at, from, to, failure: failureFacts(failure) };
      this.#step(requestId, step);
      this.#failovers.add({ ...step, requestId, model: word(model) });
    },
    'queue.leave': ({ requestId, at, deployment, waitedMs }) =>
      this.#step(requestId, { kind: 'queue', at, deployment, waitedMs }),
    'stream.interrupt': ({ requestId, at, deployment, failure }) =>
      this.#step(requestId, { kind: 'interrupt', at, deployment, failure: failureFacts(failure) }),
    'guard.block': (event) => this.#step(event.requestId, toGuard(event)),
    'guard.redact': (event) => this.#step(event.requestId, toGuard(event)),
    'guard.flag': (event) => this.#step(event.requestId, toGuard(event)),
    'access.deny': ({ requestId, reason }) => {
      this.#of(requestId).reason = word(reason);
    },
    'budget.exceed': (event) => {
      const underWay = this.#of(event.requestId);
      underWay.exceeded ??= [];
      underWay.exceeded.push(event);
    },
    'usage.unpriced': ({ requestId, at, deployment, model, usage }) => {
      this.#totals.unpriced += 1;
      this.#of(requestId).isUnpriced = true;
      const tokens = usage.inputTokens + usage.outputTokens;
      this.#unpriced.add({ at, requestId, model: word(model), deployment, tokens });
    },
    'cooldown.start': ({ deployment, scope, reason, untilMs }) => {
      this.#version += 1;
      if (this.#cooldowns.size < MOST_COOLDOWNS)
        this.#cooldowns.set(`${scope} ${deployment}`, { deployment, scope, reason: word(reason), untilMs });
    },
    'cooldown.end': ({ deployment, scope }) => {
      this.#version += 1;
      this.#cooldowns.delete(`${scope} ${deployment}`);
    },
  };

  #ended(event: EventMap['request.end']): void {
    this.#version += 1;
    const { requestId, outcome, costUsd = 0, at } = event;
    const known = this.#underWay.get(requestId);
    this.#underWay.delete(requestId);
    const call = toCall(event, callerValues(event.caller), known ?? { attempts: [], steps: [] });
    this.#totals.calls += 1;
    this.#totals.costUsd += costUsd;
    if (call.cache === 'hit') this.#totals.cached += 1;
    this.#recent.add(call);
    if (outcome === 'denied') {
      this.#totals.refused += 1;
      this.#refused.add(call);
    } else if (outcome === 'error' || event.attempts > 1) {
      if (outcome === 'error') this.#totals.errors += 1;
      this.#troubled.add(call);
    }
    if (call.isUnpriced) this.#unpricedCalls.add(call);
    if (known?.exceeded !== undefined) this.#noteRefusal(event, known.exceeded);
    this.#spend.add(at, call.caller, call.model, costUsd);
    this.#budgets.touch();
  }

  #noteRefusal({ at, downgradedTo, error }: EventMap['request.end'], exceeded: readonly EventMap['budget.exceed'][]): void {
    const note = (event: EventMap['budget.exceed'] | undefined, leadsTo?: string) => {
      if (event !== undefined)
        this.#budgets.refused({ name: event.budget, unit: event.unit, values: event.values }, { at, leadsTo });
    };
    // A downgrade comes before what the other model's budgets say.
    if (downgradedTo !== undefined) note(exceeded[0], downgradedTo);
    if (error?.code === 'budget_exceeded') note(exceeded.at(-1));
  }

  #attemptEnded(event: EventMap['attempt.end']): void {
    const attempt = toAttempt(event);
    const late =
      event.failure?.kind === 'aborted' && !this.#underWay.has(event.requestId) ? this.#justEnded(event.requestId) : undefined;
    (late?.attempts ?? this.#of(event.requestId).attempts).push(attempt);
  }

  #justEnded(id: string): { readonly attempts: AttemptFacts[] } | undefined {
    const call = this.#recent
      .newest()
      .take(LATE_AMONG)
      .find((one) => one.id === id);
    return call as { readonly attempts: AttemptFacts[] } | undefined;
  }

  #step(id: string, step: StepFacts): void {
    this.#version += 1;
    this.#of(id).steps.push(step);
  }

  #of(id: string): UnderWay {
    const known = this.#underWay.get(id);
    if (known !== undefined) return known;
    const begun: UnderWay = { attempts: [], steps: [] };
    this.#underWay.set(id, begun);
    if (this.#underWay.size > MOST_UNDER_WAY) for (const oldest of this.#underWay.keys().take(1)) this.#underWay.delete(oldest);
    return begun;
  }

  #perSecond(): number {
    const atMs = this.#clock.monotonicMs();
    const elapsedMs = atMs - this.#lastCount.atMs;
    if (elapsedMs < 500) return this.#lastCount.perSecond;
    const perSecond = this.#lastCount.atMs === 0 ? 0 : ((this.#totals.calls - this.#lastCount.calls) * 1_000) / elapsedMs;
    this.#lastCount = { atMs, calls: this.#totals.calls, perSecond };
    return perSecond;
  }
}
