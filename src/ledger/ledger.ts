import type { BatchFile } from '../core/batch-file.ts';
import type { BudgetUnit } from '../core/budget.ts';
import type { BudgetHand } from '../core/budget-adjustment.ts';
import type { Call } from '../core/call.ts';
import type { Caller } from '../core/caller.ts';
import type { Deployment } from '../core/deployment.ts';
import type { OperationCost } from '../core/operation.ts';
import type { Params } from '../core/params.ts';
import type { Plan } from '../core/plan.ts';
import type { AppliedPrice, PriceUpdate } from '../core/price.ts';
import type { Run } from '../core/run.ts';
import type { RunLimit } from '../core/run-limits.ts';
import type { Served } from '../core/served.ts';
import type { Usage } from '../core/usage.ts';
import type { Work, WorkEnd } from '../core/work.ts';
import type { Unpriced } from '../errors/unpriced-model-error.ts';
import type { Charge, MaybePromise } from '../stores/store.ts';
import type { BudgetBalance } from './budget-balance.ts';
import type { Delivered } from './delivered.ts';
import type { ReportedPercentiles } from './reported-percentiles.ts';
import type { UsageEntry } from './usage-entry.ts';

/**
 * Holds every budget: estimates a call, reserves the estimate against all budgets that apply (all or nothing),
 * settles each reservation exactly once to what was used, and answers what was spent.
 *
 * Synchronous with the memory store; a promise only if the store is away from the process.
 */
export interface Ledger {
  /** Upper bound (or expectation) of the call's usage and of its cost at each deployment. Pure. */
  estimate(call: Call, deployments: readonly Deployment[]): Estimate;
  /**
   * The same over the deployments of the call's model that it may go to: one without a known price is passed over if a
   * money budget applies, unless none has a price.
   */
  estimateCall(call: Call): Estimate;
  /** Budgets of the caller and model. Undefined reservation if no budget applies: no work was done. */
  reserveCall(call: Call, estimate: Estimate): Admission | Promise<Admission>;
  /** A further estimate of a call that holds one already, which counts as a request but once. */
  reserveFurther(call: Call, estimate: Estimate): Admission | Promise<Admission>;
  /** A call that is answered from the cache and counts: a request of budgets, and nothing of runs, which count what may reach a provider. */
  reserveHit(call: Call): Admission | Promise<Admission>;
  /** The deployment's `rpm` and `tpm`, and the budgets that match on `provider`. A denial means: next candidate. */
  reserveAttempt(call: Call, deployment: Deployment, estimate: Estimate): Admission | Promise<Admission>;
  /**
   * What usage costs at a deployment, in nano-dollars, rounded up once; undefined if no price is known of the model, of
   * a class of its tokens, or of the way it was served.
   */
  costNanoUsd(plan: Plan, deployment: Deployment, usage: Usage, served?: Served): number | undefined;
  /** The part of a cost that is known if the whole is not: classes without a rate at nothing, unknown tiers as standard. */
  leastCostNanoUsd(plan: Plan, deployment: Deployment, usage: Usage, served?: Served): number;
  /** The price that usage is charged by, of the tier that its input reaches, and where it comes from. */
  priceOf(plan: Plan, deployment: Deployment, usage: Usage, served?: Served): AppliedPrice | undefined;
  /** Puts refreshed prices in force for plans that the ledger has not seen yet; calls of others keep theirs. */
  updatePrices(update: PriceUpdate): void;
  /** Whether a deployment's price for cached input is lower than for other input; false if no price is known. */
  cachedInputIsCheaper(plan: Plan, deployment: Deployment): boolean;
  /** Usage of an answer that reported none: from what was sent and what came out. */
  estimateUsage(call: Call, deployment: Deployment, delivered: Delivered): Usage;
  /** The usage with the uses of the tools that the params offer, as many as may be, if the answer does not count them. */
  withToolsOf(usage: Usage, params: Params, deployment: Deployment, call: Call): Usage;
  /** The usage with what is counted beside tokens, if the deployment's price is by it; `call` with the params that were sent. */
  withUnitsOf(usage: Usage, call: Call, deployment: Deployment, delivered: Delivered | undefined, failed: boolean): Usage;
  /** Whether a deployment's price is by other units than tokens, or by them too. */
  pricesUnits(plan: Plan, deployment: Deployment): boolean;
  /** What goes on at providers when its call has ended. */
  readonly background: Background;
  /** Learns tokens per byte and output lengths from a reported usage; used by `estimate: 'expected'`. */
  calibrate(call: Call, deployment: Deployment, usage: Usage): void;
  /** One line of the usage report, per attempt. Never rejects; kept in the outbox while the store is away. */
  record(entry: UsageEntry): void;
  /** Share of rpm and tpm left at a deployment, 0 to 1, as known in this process; of a list, at their places in it, until it is forgotten. */
  headroom(deploymentId: string): number;
  headroomOf(deployments: readonly Deployment[]): Float64Array;
  forgetLists(): void;
  usage(query: UsageQuery): Promise<UsageRow[]>;
  balances(plan: Plan, caller: Caller | undefined): Promise<BudgetBalance[]>;
  /** Raises and resets by hand. */
  readonly hand: BudgetHand;
  /** Dry run of `reserveCall`: which budgets would be charged, and their room. */
  preview(call: Call, estimate: Estimate): Promise<BudgetPreview>;
  /** Settles what waits in the outbox, as far as the deadline allows. */
  close(deadlineMs: number): Promise<void>;
}

/** What a call may come to, of what its deployments are sent. */
export interface EstimatedAmounts {
  /** The most of each at any of the deployments. */
  readonly usage: Usage;
  /** Most tokens of input and output together at one deployment. */
  readonly totalTokens: number;
  /** Cost at the dearest deployment, nano-dollars; undefined if one of them has no price. */
  readonly costNanoUsd: number | undefined;
  readonly costByDeployment: ReadonlyMap<string, number | undefined>;
  /** The cost at one deployment, nano-dollars; undefined if no price is known. */
  costAt(deploymentId: string): number | undefined;
  /** What the call may come to at one deployment. */
  at(deploymentId: string): EstimatedAmounts;
}

/** An upper bound; the expectation if only budgets with `estimate: 'expected'` apply. */
export interface Estimate extends EstimatedAmounts {
  /** What the input probably is, for comparison with context windows; `usage` may be an upper bound. */
  readonly expectedInputTokens: number;
  /** Of some of the call's deployments those among which the cheapest is, in their order. */
  cheapestOf(deployments: readonly Deployment[]): readonly Deployment[];
  /** The same at one deployment, which default params may send more to. */
  expectedInputAt(deployment: Deployment): number;
  /** What the input is at least at one deployment; what is not text counts nothing. */
  fewestInputAt(deployment: Deployment): number;
  /** No deployment is expected to get more of the input; cheap to tell, and may be far more than any gets. */
  readonly inputCeiling: number;
  /** Bound of each answer to send to a deployment if nothing else bounds it; undefined if no strict budget needs one. */
  readonly injectMaxOutputTokens: number | undefined;
  /** The same by mode, for budgets that ask for the other one. */
  readonly strict: EstimatedAmounts;
  readonly expected: EstimatedAmounts;
  /**
   * The largest limit on each answer that keeps the call to what is left of a budget, at all deployments or at one: less than
   * 1 if none does, the largest number if any does.
   */
  limitWithin(unit: BudgetUnit, left: number, only: Deployment | undefined): number;
  /** Deployments left out since no price is known, with the money budget that asks for one; all if none has a price. */
  readonly unpriced: ReadonlyMap<Deployment, string> | undefined;
  /** The same call with no larger limit than this on each answer. */
  clampedTo(limit: number): Estimate;
}

export type Admission =
  | {
      readonly admitted: true;
      readonly reservation: Reservation | undefined;
      /** Set by `onExceed: 'clamp'`: the limit of each answer that the rest of the budget buys. */
      readonly maxOutputTokens?: number | undefined;
    }
  | { readonly admitted: false; readonly denial: Denial };

/** A held estimate. Exactly one of `settle` and `release` counts; later calls of either are no-ops. */
export interface Reservation {
  readonly id: string;
  /** Replaces the estimate by what was used. Returns at once; a store that is away is retried from the outbox. */
  settle(actual: Settlement): void;
  release(): void;
  /**
   * Prolongs the lease while a stream runs. `spent`, if given, is what a lapse of the lease charges from then on;
   * `held`: all that is held.
   */
  extend(leaseMs: number, spent?: Settlement | 'held'): void;
  /** Leaves it held beyond the call, for `Background` to settle. Undefined if it was ended before. */
  keep(): KeptReservation | undefined;
}

/** A reservation that outlives its call: what any process needs to settle it. Plain data. */
export interface KeptReservation {
  readonly id: string;
  /** False if the store was away when it was made: nothing is held, and the end makes its charges. */
  readonly held: boolean;
  readonly heldAt: number;
  readonly charges: readonly (Charge & { readonly unit: BudgetUnit })[];
}

export interface Settlement {
  /** Of a call: 1 if an attempt reached a provider. Of an attempt: 1 if it did. */
  readonly requests: number;
  readonly usage: Usage;
  /** Of the usage whose price is known; undefined if there is none. */
  readonly costNanoUsd: number | undefined;
  /** Of the rest the part that is known: it is charged at least that. */
  readonly leastNanoUsd?: number | undefined;
  /** True if a part of the usage has no known price: it is charged what was held, or what is known of it if that is more. */
  readonly unpriced?: boolean | undefined;
  /** Names of the tools that answers called; noted for calls of runs only. */
  readonly tools?: readonly string[] | undefined;
}

export type Denial =
  | {
      readonly reason: 'budget';
      readonly budget: string;
      readonly unit: string;
      /** Caller's dimension values of the counter that refused. */
      readonly values: Readonly<Record<string, string>>;
      /** In the unit of the limit; dollars for `usd`. */
      readonly limit: number;
      /** What the call may need, by the estimate that was to be held. */
      readonly needed: number;
      readonly remaining: number;
      /** Milliseconds since the epoch, null for `lifetime`. */
      readonly resetAt: number | null;
      readonly retryAfterMs: number;
      /** True if the window is 60 s or shorter: a rate limit, answered with 429. */
      readonly rateLimit: boolean;
      /** Set by `onExceed: 'downgrade'`: the model to go on with. */
      readonly downgradeTo?: string | undefined;
    }
  | ({ readonly reason: 'unpriced'; readonly deployment: string; readonly budget: string } & Unpriced)
  | { readonly reason: 'store'; readonly budget: string; readonly cause: unknown }
  | {
      readonly reason: 'run';
      readonly run: Run;
      /** `max`, `spent` (with what is held) and `needed` are in its unit. */
      readonly limit: RunLimit;
      readonly max: number;
      readonly spent: number;
      readonly needed: number;
    };

/**
 * What a provider goes on with when its call has ended: a background response, a batch, a run, a video. What was reserved
 * for it stays reserved until somebody sees its end, in whatever process, and is settled once. If nobody does, the
 * lease ends after a day (of a batch, after two) and charges all that was held; an end that is seen within a day more
 * still puts that right. Notes of it are in the store; they hold no prompt and no key.
 */
export interface Background {
  /**
   * Takes over what a call holds. A promise, as of all that changes the store, is there to wait for if others are to
   * find it changed; it never rejects, and a store that is away is retried from the outbox.
   */
  keep(begun: WorkBegun): MaybePromise<void>;
  /** Settles what is kept for work of a provider, if anything is; whoever asked to see it pays nothing. */
  settle(provider: string, end: WorkEnd, plan: Plan): MaybePromise<void>;
  /** What is known of work, or of a batch's input file; `provider`: where it is, if the caller knows. */
  find(id: string, provider: string | undefined): MaybePromise<Found | undefined>;
  /** Remembers what an input file of batches holds. */
  keepFile(provider: string, id: string, file: BatchFile): MaybePromise<void>;
}

export interface WorkBegun {
  readonly work: Work;
  readonly call: Call;
  readonly deployment: Deployment;
  /** Of the call: settled to what all its attempts used. Undefined if no budget applies. */
  readonly ofCall: KeptReservation | undefined;
  /** Of the attempt that began the work. */
  readonly ofAttempt: KeptReservation | undefined;
  /** Held besides, and given back at the end. */
  readonly further: readonly KeptReservation[];
  /** What the call used so far, with all its requests. */
  readonly before: Settlement;
  /** The call goes on with work that an earlier one began and that is settled as one. */
  readonly continues: boolean;
}

/** What the gateway knows of something at a provider, by its id. */
export type Found =
  | {
      readonly kind: 'work';
      readonly provider: string;
      /** Of work that is not settled: the model that does it, and what it costs. */
      readonly begun: { readonly upstreamModel: string; readonly cost: OperationCost } | undefined;
    }
  | { readonly kind: 'file'; readonly provider: string; readonly file: BatchFile };

/** What a usage report can be grouped by; `day` is a day in UTC. */
export type UsageDimension = 'team' | 'app' | 'user' | 'key' | 'model' | 'deployment' | 'provider' | 'day';
/** Which calls a usage report counts, and how it groups them. Default: all that the store keeps, in one row. */
export interface UsageQuery {
  readonly by?: readonly UsageDimension[] | UsageDimension | undefined;
  /** Milliseconds since the epoch; `until` is exclusive. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}
/** One row of a usage report: the dimensions that were asked for, and what their calls came to. Money is in dollars. */
export type UsageRow = Partial<Record<UsageDimension, string>> & {
  requests: number;
  /** Attempts whose cost is not known and is missing in `costUsd`. */
  unpricedRequests: number;
  failures: number;
  /** Calls that reached a deployment and failed for good. */
  errors: number;
  /** Attempts that took over from another deployment that had failed. */
  failovers: number;
  costUsd: number;
  /** What input read from providers' prompt caches would have cost more as other input; written to them is not set off. */
  promptCacheSavedUsd: number;
  /** What answers from the response cache cost when they were made. */
  responseCacheSavedUsd: number;
  /** What downgraded calls would have cost more at the model that was asked for. */
  downgradeSavedUsd: number;
  inputTokens: number;
  outputTokens: number;
  cachedInputTokens: number;
  cacheWriteTokens: number;
  reasoningTokens: number;
  /** Of attempts that were answered, to their end. */
  durationMs: ReportedPercentiles;
  /** Of streams, from the start of the call. */
  firstTokenMs: ReportedPercentiles;
};

/** Which budgets a call would be charged to, and what refuses it. */
export interface BudgetPreview {
  readonly denial: Denial | undefined;
  readonly budgets: readonly { name: string; remaining: Record<string, number>; wouldCharge: Record<string, number> }[];
}
