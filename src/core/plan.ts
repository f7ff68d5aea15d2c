import type { Budget } from './budget.ts';
import type { CachePlan } from './cache-plan.ts';
import type { Caller } from './caller.ts';
import type { Deployment, PriceOverride, TokenPrices } from './deployment.ts';
import type { GuardPlan } from './guard.ts';
import type { Params } from './params.ts';
import type { Hedge, RetryPolicy, StreamPolicy } from './policies.ts';
import type { PriceUpdatesPlan } from './price.ts';
import type { Secret } from './secret.ts';
import type { FailoverStrategy, RoutingStrategy } from './strategy.ts';
import type { Timeouts } from './timeouts.ts';

/** The configuration, normalised: immutable, versioned, every default filled in. A running call keeps its own. */
export interface Plan {
  readonly version: number;
  readonly models: ReadonlyMap<string, ModelPlan>;
  /** Providers whose `provider/*` is declared in `models`, by the wildcard's pattern, longest first. */
  readonly wildcards: readonly { readonly pattern: string; readonly model: ModelPlan }[];
  readonly providers: ReadonlyMap<string, ProviderPlan>;
  /** Where operations go that name no model: as configured, else the only provider. */
  readonly defaultProvider: string | undefined;
  /** Where a name goes that `models` does not declare; undefined if it is refused, as a typing error would cost money. */
  readonly undeclaredModelsAt: string | undefined;
  readonly budgets: readonly Budget[];
  /** Those of them that refuse a caller without their dimensions. */
  readonly demanding?: readonly Budget[] | undefined;
  readonly access: AccessPlan;
  /** In the order of the configuration; undefined or empty: none. */
  readonly guards?: readonly GuardPlan[] | undefined;
  /** Overrides by `provider/model`. */
  readonly prices: ReadonlyMap<string, PriceOverride>;
  readonly unknownPrice: 'refuse' | TokenPrices;
  /** Of tools that vendors run, by `tool` or `provider/tool`. */
  readonly toolPrices: ReadonlyMap<string, ToolPrice>;
  /** Where prices are refreshed from; undefined: they are not. */
  readonly priceUpdates?: PriceUpdatesPlan | undefined;
  /** How long a reservation outlives its call's deadline, in milliseconds. */
  readonly leaseMs: number;
  readonly captureContent: boolean;
  /** Bounds of what is remembered of answers with tool calls; undefined: nothing is. */
  readonly turnMemory?: TurnMemoryPlan | undefined;
  /** Undefined: no answer is kept. */
  readonly cache?: CachePlan | undefined;
  /** Under which name answers give the text of the thinking; default `reasoning_content`. */
  readonly reasoningField?: ReasoningField | undefined;
  /** What a request over HTTP may bring. */
  readonly handler: HandlerLimits;
  /** What applies to a model that is not declared (`provider/model`, an unknown name at the default provider). */
  readonly defaults: ModelDefaults;
}

/** What each use of a vendor's tool costs, and how many one call may take at most if its params state none. */
export interface ToolPrice {
  readonly nanoUsd: number;
  readonly mostUses: number | undefined;
}

export interface TurnMemoryPlan {
  /** Turns that are remembered. */
  readonly maxTurns: number;
  readonly maxBytes: number;
  /** How long a turn is remembered after it was last used, in milliseconds. */
  readonly ttlMs: number;
}

export type ReasoningField = 'reasoning_content' | 'reasoning' | 'both';

/** Bounds of what `handler` takes from a client. */
export interface HandlerLimits {
  /** Largest body that is held in memory, in bytes. */
  readonly maxRequestBytes: number;
  /** Largest multipart body, in bytes; its files are not held in memory. */
  readonly maxUploadBytes: number;
  /** Deepest nesting of lists and objects in a body. */
  readonly maxNesting: number;
  /** Most items of a body, by what they cost: a number 1, a text 4, a list or an object 3, a field 17 beside its value. */
  readonly maxItems: number;
  /** Time for a whole body to arrive, in milliseconds. */
  readonly bodyTimeoutMs: number;
}

export const DEFAULT_HANDLER_LIMITS: HandlerLimits = Object.freeze({
  maxRequestBytes: 4 * 1024 * 1024,
  // The largest file that OpenAI takes (https://platform.openai.com/docs/api-reference/files/create), and its form.
  maxUploadBytes: 513 * 1024 * 1024,
  maxNesting: 128,
  // OpenAI takes 300,000 tokens for embeddings (https://platform.openai.com/docs/api-reference/embeddings/create).
  maxItems: 320_000,
  bodyTimeoutMs: 60_000,
});

export interface ModelDefaults {
  readonly retry: RetryPolicy;
  readonly timeouts: Timeouts;
  readonly hedge: Hedge | undefined;
  readonly stream: StreamPolicy;
}

export interface ModelPlan extends ModelDefaults {
  readonly name: string;
  readonly strategy: RoutingStrategy;
  readonly failover: FailoverStrategy;
  readonly deployments: readonly Deployment[];
  readonly fallbacks: Fallbacks;
  readonly params: Params | undefined;
  /** Conversations stick to the deployment that served them last, while it is healthy. */
  readonly affinity: boolean;
}

/** Names of models to go on with when every deployment of a model failed, by why it failed. */
export interface Fallbacks {
  readonly default: readonly string[];
  readonly contextWindow: readonly string[];
  readonly contentFilter: readonly string[];
}

/** A provider as configured; `config.providers[name]` with its type resolved. Keys stay in `Secret`s or functions. */
export interface ProviderPlan {
  readonly name: string;
  readonly type: string;
  /** The validated options of the provider, as the wire's constructor takes them. */
  readonly options: ProviderOptions;
}

export interface ProviderOptions {
  /** Used in turn, cooled one by one; empty if none is configured or in the environment. */
  readonly apiKeys: readonly (Secret | (() => string | Promise<string>))[];
  /** For the paths of an organisation's administration. */
  readonly adminApiKey?: Secret | undefined;
  readonly baseURL?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** An `OpenAI` client that the user built; calls are sent through it. */
  readonly client?: unknown;
  /** A `Provider` of the user's own, in place of a built-in wire. */
  readonly provider?: unknown;
  /** `ProviderMiddleware` around every attempt at this provider; the first is outermost. */
  readonly middleware: readonly unknown[];
  readonly timeouts?: Partial<Timeouts> | undefined;
  /** Param names that may be dropped if a candidate can't honour them. */
  readonly drop: readonly string[];
  readonly organization?: string | undefined;
  readonly project?: string | undefined;
  readonly region?: string | undefined;
  readonly apiVersion?: string | undefined;
}

export interface AccessPlan {
  readonly default: 'allow' | 'deny';
  readonly rules: readonly AccessRule[];
  /** Params that fill in a dimension which the caller has not; empty: params never name the caller. */
  readonly callerFromParams: readonly CallerParam[];
  /** Virtual keys by the hex of their SHA-256 digest. */
  readonly keys: ReadonlyMap<string, VirtualKey>;
  /** Refused keys per minute from one place, beyond which the answer is 429; undefined: no limit. */
  readonly maxFailuresPerMinute?: number | undefined;
  /** Lower-case name of the header in which a proxy tells the place; undefined: every request comes from one. */
  readonly placeHeader?: string | undefined;
}

export interface CallerParam {
  /** `user`, or an entry of `metadata`. */
  readonly param: 'user' | 'metadata';
  readonly dimension: string;
}

export interface AccessRule {
  /** Globs over caller dimensions; all must match. */
  readonly match: Readonly<Record<string, readonly string[]>>;
  readonly allow: readonly string[] | undefined;
  readonly deny: readonly string[] | undefined;
  /** Globs over the names of tools that vendors run. */
  readonly denyTools: readonly string[] | undefined;
  readonly maxNanoUsdPerRequest: number | undefined;
}

export interface VirtualKey {
  readonly id: string;
  /** Hex of the SHA-256 digest. */
  readonly digest: string;
  readonly caller: Caller;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | undefined;
  readonly disabled: boolean;
}
