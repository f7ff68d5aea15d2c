/** What the page is told. Types alone, since the page's own code reads them too; times are milliseconds since the epoch. */

/** Caller's dimensions by name: `team`, `app`, `user`, the id of a virtual key, and own ones. */
export type Values = Readonly<Record<string, string>>;

export interface AttemptFacts {
  readonly attempt: number;
  readonly deployment: string;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly costUsd?: number | undefined;
  readonly failure?: FailureFacts | undefined;
}

/** Kind, code and status: an upstream's own text may repeat a prompt, and stays with the caller. */
export interface FailureFacts {
  readonly kind: string;
  readonly code: string;
  readonly status?: number | undefined;
}

export interface GuardFacts {
  readonly kind: 'guard';
  readonly at: number;
  readonly guard: string;
  readonly on: 'input' | 'output';
  readonly action: 'block' | 'redact' | 'flag';
  /** Kinds of what was found, and how often. */
  readonly findings: readonly { readonly kind: string; readonly count: number }[];
}

/** What happened between the attempts of a call, in order. */
export type StepFacts =
  | {
      readonly kind: 'retry';
      readonly at: number;
      readonly deployment: string;
      readonly failure: FailureFacts;
      readonly afterMs: number;
    }
  | { readonly kind: 'failover'; readonly at: number; readonly from: string; readonly to: string; readonly failure: FailureFacts }
  | { readonly kind: 'queue'; readonly at: number; readonly deployment: string; readonly waitedMs: number }
  | { readonly kind: 'interrupt'; readonly at: number; readonly deployment: string; readonly failure: FailureFacts }
  | GuardFacts;

export type Outcome = 'success' | 'error' | 'denied' | 'aborted';

export interface CallFacts {
  readonly id: string;
  /** When it ended. */
  readonly at: number;
  readonly caller: Values;
  readonly model: string;
  readonly operation: string;
  readonly outcome: Outcome;
  readonly deployment?: string | undefined;
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly cachedInputTokens?: number | undefined;
  readonly isEstimated: boolean;
  readonly costUsd?: number | undefined;
  readonly durationMs: number;
  readonly firstTokenMs?: number | undefined;
  readonly finishReason?: string | undefined;
  readonly error?:
    | { readonly code: string; readonly status?: number | undefined; readonly reason?: string | undefined }
    | undefined;
  readonly isUnpriced: boolean;
  /** What the cache had for it; undefined if it was not asked. */
  readonly cache?: 'hit' | 'miss' | undefined;
  /** The model that a budget led it to. */
  readonly downgradedTo?: string | undefined;
  /** Id of the call that the gateway made this one for: a guard's question, or an embedding for a cache. */
  readonly askedFor?: string | undefined;
  /** Ids of the runs that it was inside of, the innermost first. */
  readonly runs: readonly string[];
  readonly attempts: readonly AttemptFacts[];
  readonly steps: readonly StepFacts[];
}

/** When a budget runs out at the speed of the last minutes. */
export type Forecast =
  | { readonly kind: 'idle' }
  | { readonly kind: 'lasts' }
  /** It has refused a call lately, or led it to another model: what is left is too little for what is asked. */
  | { readonly kind: 'refuses'; readonly leadsTo?: string | undefined }
  | { readonly kind: 'runs-out'; readonly at: number }
  | { readonly kind: 'used-up' };

/** What somebody changed of a budget by hand. */
export interface AdjustmentFacts {
  readonly at: number;
  readonly reason?: string | undefined;
  readonly actor?: string | undefined;
}

export interface BudgetFacts {
  readonly name: string;
  readonly values: Values;
  /** Globs by dimension: whose calls it counts. */
  readonly match?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly unit: string;
  readonly spent: number;
  readonly held: number;
  /** Lent to processes ahead of need; part of what is left. */
  readonly sliced: number;
  readonly left: number;
  readonly limit: number;
  readonly raise?: AdjustmentFacts | undefined;
  readonly reset?: AdjustmentFacts | undefined;
  readonly window: string;
  readonly resetAt: number | null;
  readonly forecast: Forecast;
  /** What was left at times before, oldest first. */
  readonly history: readonly (readonly [at: number, left: number])[];
}

export interface DeploymentFacts {
  readonly deployment: string;
  readonly state: 'healthy' | 'cooling' | 'probing';
  readonly inFlight: number;
  readonly consecutiveFailures: number;
  readonly coolingUntil: number | null;
  readonly firstTokenMs: { readonly p50: number | null; readonly p95: number | null };
  readonly durationMs: { readonly p50: number | null; readonly p95: number | null };
}

export interface CooldownFacts {
  readonly deployment: string;
  readonly scope: string;
  readonly reason: string;
  readonly untilMs: number;
}

export type FailoverFacts = Extract<StepFacts, { kind: 'failover' }> & { readonly requestId: string; readonly model: string };

export interface UnpricedFacts {
  readonly at: number;
  readonly requestId: string;
  readonly model: string;
  readonly deployment: string;
  readonly tokens: number;
}

export type SpendDimension = 'team' | 'app' | 'model';

export interface SpendSeries {
  /** Undefined: all that is not among the largest. */
  readonly value: string | undefined;
  readonly costUsd: readonly number[];
  readonly calls: number;
}

/** Dollars per step of the last hour. */
export interface SpendFacts {
  readonly startsAt: number;
  readonly stepMs: number;
  readonly by: Readonly<Record<SpendDimension, readonly SpendSeries[]>>;
}

/** Counted since the dashboard was made. */
export interface Totals {
  readonly calls: number;
  readonly errors: number;
  readonly refused: number;
  readonly failovers: number;
  readonly retries: number;
  /** Answered by the response cache. */
  readonly cached: number;
  readonly unpriced: number;
  readonly costUsd: number;
}

/** All that is sent once a second, at most, to who watches. */
export interface State {
  readonly at: number;
  readonly since: number;
  readonly totals: Totals;
  /** Calls that ended in the last second before `at`. */
  readonly callsPerSecond: number;
  /** Those used up most, first. Undefined: the store could not be read. */
  readonly budgets: readonly BudgetFacts[] | undefined;
  readonly budgetsLeftOut: number;
  readonly deployments: readonly DeploymentFacts[];
  readonly cooldowns: readonly CooldownFacts[];
  readonly failovers: readonly FailoverFacts[];
  readonly unpriced: readonly UnpricedFacts[];
  readonly refusals: readonly CallFacts[];
  readonly spend: SpendFacts;
}

/** What the page shows of `control.plan`. */
export interface PlanFacts {
  readonly verdict: 'allow' | 'deny';
  readonly reason?: string | undefined;
  readonly estimate: { readonly inputTokens: number; readonly outputTokens: number; readonly costUsd?: number | undefined };
  readonly budgets: readonly {
    readonly name: string;
    readonly remaining: Readonly<Record<string, number>>;
    readonly wouldCharge: Readonly<Record<string, number>>;
  }[];
  readonly deployments: readonly ({ readonly id: string; readonly costUsd?: number | undefined } & (
    | { readonly place: number }
    | { readonly skipped: string }
  ))[];
}
