import type { OpenAI } from 'openai';
import type { Dispatcher } from 'undici';
import type { BudgetUnit, CalendarWindow } from '../core/budget.ts';
import type { Capabilities } from '../core/capabilities.ts';
import type { ClockOption } from '../core/clock.ts';
import type { RetryPolicy, StreamPolicy } from '../core/policies.ts';
import type { FailoverStrategy, RoutingStrategy } from '../core/strategy.ts';
import type { Timeouts } from '../core/timeouts.ts';
import type { CountTokens } from '../ledger/estimate.ts';
import type { Provider } from '../providers/provider.ts';
import type { PROVIDER_TYPES } from '../providers/types/index.ts';
import type { ProviderMiddleware } from '../providers/wrap-provider.ts';
import type { STRATEGY_NAMES } from '../routing/strategies/index.ts';
import type { Store } from '../stores/store.ts';
import type { AccessConfig, HandlerConfig } from './access-config.ts';
import type { CacheConfig } from './cache-config.ts';
import type { GuardConfig } from './guard-config.ts';
import type { PriceConfig, PriceUpdatesConfig, ToolPriceConfig, UnknownPriceConfig } from './price-config.ts';
import type { NamedStore } from './stores/index.ts';
import type { TurnMemoryConfig } from './turn-memory-config.ts';

export type { AccessConfig, HandlerConfig, VirtualKeyConfig } from './access-config.ts';
export type { RedisStoreConfig } from './stores/redis.ts';
export type { SlicesConfig } from './stores/slices-config.ts';
export type { SqliteStoreConfig } from './stores/sqlite.ts';

/** What `new Gateway(config)` takes; the same in a JSON or YAML file. */
export interface GatewayConfig extends Policies {
  /** Address of the JSON Schema, for editors; ignored. */
  $schema?: string | undefined;
  /** Vendor accounts by name. */
  providers: Record<string, ProviderConfig>;
  /** Public model names and what stands behind them; a name may end in `*`, as in `openai/*`. */
  models?: Record<string, ModelConfig> | undefined;
  /** Limits on requests, tokens or dollars per window; all that apply to a call must have room. */
  budgets?: readonly BudgetConfig[] | undefined;
  /** Who may use which model; default: everybody every model. */
  access?: AccessConfig | undefined;
  /** What may go into models and come out of them; default: everything. */
  guards?: readonly GuardConfig[] | undefined;
  /** Where the ledger's counters live; default `memory`. */
  store?: StoreConfig | undefined;
  /**
   * Overrides of public prices by `provider/model`, in dollars per million tokens or for each of other units. What is handed
   * through without a model is priced by the first part of its path: `openai/realtime`.
   */
  prices?: Record<string, PriceConfig> | undefined;
  /**
   * What a use of a tool costs that the vendor runs, in dollars, by `tool` or `provider/tool`: `{ web_search: 0.01 }`.
   * Default: not known, so that a call which offers the tool is refused if a money budget applies.
   */
  toolPrices?: Record<string, ToolPriceConfig> | undefined;
  /** Refreshes prices while the gateway runs; default: the prices that came with the installation. */
  priceUpdates?: PriceUpdatesConfig | undefined;
  /** For a model or class of tokens whose price is not known: `refuse` (default) if a money budget applies, or this price. */
  unknownPrice?: 'refuse' | UnknownPriceConfig | undefined;
  /**
   * For calls that name no model, and for model names that are not declared. Default: the only provider there is; for
   * names only if `models` declares none.
   */
  defaultProvider?: string | undefined;
  /** How long a reservation outlives its call's deadline, in milliseconds; default 30 000. */
  leaseMs?: number | undefined;
  /** Puts prompts and outputs into events; default false. */
  captureContent?: boolean | undefined;
  /**
   * Remembers, in this process and by the ids of tool calls, the reasoning and signatures of answers, and gives them back to
   * the model if a client's history has lost them; never across callers. `false` switches it off.
   */
  turnMemory?: false | TurnMemoryConfig | undefined;
  /** Answers calls that were asked before; default: no answer is kept. */
  cache?: CacheConfig | undefined;
  /** Under which name chat answers give the text of the thinking; default `reasoning_content`. Both are accepted in history. */
  reasoningField?: 'reasoning_content' | 'reasoning' | 'both' | undefined;
  /** Loads the configuration again when its file changes; default false. Only in a configuration file. */
  watch?: boolean | undefined;
  /** Counts a call's input tokens, for estimates; default: bounded by bytes, calibrated by what providers report. */
  countTokens?: CountTokens | undefined;
  /** What `handler` takes from a client. */
  handler?: HandlerConfig | undefined;
  /**
   * Largest answer that is read in one piece, and largest event of a stream, in bytes; default 67 108 864 (64 MiB). What is
   * handed through as it comes has no limit.
   */
  maxBodyBytes?: number | undefined;
  /** An undici dispatcher that all requests go through; default: the gateway's own. */
  dispatcher?: Dispatcher | undefined;
  /** Source of time, for tests and simulations. */
  clock?: ClockOption | undefined;
  /** Source of randomness in [0, 1), for tests and simulations. */
  random?: (() => number) | undefined;
}

/** At the top level: defaults for every model. In a model: its own. */
export interface Policies {
  /** Attempts and backoff. */
  retry?: Partial<RetryPolicy> | undefined;
  /** Limits of time, all in milliseconds. */
  timeouts?: Partial<Timeouts> | undefined;
  /** A second attempt elsewhere when the first has no content after this time; default: none. */
  hedge?: HedgeConfig | undefined;
  /** What follows a stream that breaks after content was handed over; default `error`. */
  stream?: Partial<StreamPolicy> | undefined;
}

/** After a fixed time in milliseconds, or after a percentile (1 to 99.9) of the deployment's time to first token. */
export type HedgeConfig = { afterMs: number } | { percentile: number };

/** Provider types that are known by name, as in the table of `docs/providers.md`. */
export type ProviderType = (typeof PROVIDER_TYPES)[number];

/** A vendor account; empty if its name says it all and the key is in the environment. */
export interface ProviderConfig {
  /** Vendor or wire; may be left out if the provider's name is a known vendor. */
  type?: ProviderType | (string & {}) | undefined;
  /**
   * API key, several (used in turn, cooled one by one), or a function that gives a short-lived token.
   * Default: the vendor's environment variable.
   */
  apiKey?: string | readonly string[] | (() => string | Promise<string>) | undefined;
  /**
   * OpenAI's admin key, for the paths that take no other (`/organization`, `/projects`, permissions of checkpoints); default:
   * none, and never from the environment. Whoever may call `provider/organization` administers with it: see `access`.
   */
  adminApiKey?: string | undefined;
  /** Where the API is, path included; default: the vendor's own address. */
  baseURL?: string | undefined;
  /** Sent with every request to this provider. */
  headers?: Record<string, string> | undefined;
  /** An `OpenAI` client that you built (also `AzureOpenAI`, …); calls are sent through it. */
  client?: OpenAI | undefined;
  /** A provider of your own in place of a built-in wire; its `name` is the name it has here. */
  provider?: Provider | undefined;
  /** Around every attempt at this provider; the first is outermost. */
  middleware?: readonly ProviderMiddleware[] | undefined;
  /** For all deployments of this provider; a model's own win over them. */
  timeouts?: Partial<Timeouts> | undefined;
  /** Names of params that may be dropped if this provider can't honour them. */
  drop?: readonly string[] | undefined;
  /** OpenAI organization. */
  organization?: string | undefined;
  /** OpenAI or Google Cloud project. */
  project?: string | undefined;
  /** Region of Vertex AI or Amazon Bedrock. */
  region?: string | undefined;
  /** Azure's or Vertex AI's API version. */
  apiVersion?: string | undefined;
}

/** Deployments in the order to try, or an object with a strategy and policies of its own. */
export type ModelConfig = readonly (string | DeploymentConfig)[] | ModelOptions;

/** A model with options of its own; policies that it leaves out are those of the gateway. */
export interface ModelOptions extends Policies {
  /** How the deployments are ordered for a call; default `priority`, the listed order. */
  strategy?: StrategyName | RoutingStrategy | undefined;
  /** Asked before the built-in decision on what follows a failed attempt. */
  failover?: FailoverStrategy | undefined;
  /** `provider/model`, an object with limits and price, or the name of another model. */
  deployments: readonly (string | DeploymentConfig)[];
  /** Models to go on with: when every deployment failed, or by the reason. */
  fallbacks?: readonly string[] | FallbacksConfig | undefined;
  /** Default params of this model; a call's own win. */
  params?: Record<string, unknown> | undefined;
  /** Calls of one conversation prefer the deployment that served the last, for its prompt cache; default false. */
  affinity?: boolean | undefined;
}

/** A strategy of the library by its name. */
export type StrategyName = (typeof STRATEGY_NAMES)[number];

/** Models that answer in place of this one, in the order to try, by what went wrong. Default: none. */
export interface FallbacksConfig {
  /** When every deployment failed. */
  default?: readonly string[] | undefined;
  /** When the input is too long for the model. */
  contextWindow?: readonly string[] | undefined;
  /** When a provider refused the content. */
  contentFilter?: readonly string[] | undefined;
}

/** One upstream model at one provider. */
export interface DeploymentConfig {
  /** Name of a provider of this configuration. */
  provider: string;
  /** The model's name at the provider. */
  model: string;
  /** Share of the calls under strategy `weighted`; default 1. */
  weight?: number | undefined;
  /** Lower is tried first under strategy `priority`, equal ones in the listed order; default 0. */
  priority?: number | undefined;
  /** Requests per minute that the provider allows. */
  rpm?: number | undefined;
  /** Tokens per minute that the provider allows. */
  tpm?: number | undefined;
  /** Attempts at the same time; further ones wait in the queue. */
  maxConcurrent?: number | undefined;
  /** Least time between the starts of two attempts, in milliseconds. */
  minTimeMs?: number | undefined;
  /** Where calls wait when `maxConcurrent` or `minTimeMs` holds them back. */
  queue?: QueueConfig | undefined;
  /** Dollars per million tokens, or for each of other units; default: the vendor's public price. */
  price?: PriceConfig | undefined;
  /** Tokens of input and output together that the model takes. */
  contextWindow?: number | undefined;
  /** What the model can do, if it differs from what the vendor documents. */
  capabilities?: Capabilities | undefined;
  /** Default params of this deployment; a call's own win. */
  params?: Record<string, unknown> | undefined;
  /** A caller's tags narrow the deployments to those that have them. */
  tags?: readonly string[] | undefined;
}

/** Who may wait for a deployment that runs as many calls as it may. */
export interface QueueConfig {
  /** Calls that may wait; a further one is refused with `RateLimitedError`. Default 1000. */
  size?: number | undefined;
  /** Longest wait in milliseconds; default 30 000. */
  maxWaitMs?: number | undefined;
  /** Priority of a call whose caller names none; default `normal`. */
  priority?: 'high' | 'normal' | 'low' | undefined;
}

/** A limit on requests, tokens or money, for some callers, per window. A rate limit is one with a short window. */
export interface BudgetConfig {
  /** Unique; counters are kept under it. */
  name: string;
  /** One counter for each value of these caller dimensions; a call without one of them is not counted. */
  each?: string | readonly string[] | undefined;
  /** Counts only calls that match: globs over caller dimensions, `model` and `provider`. */
  match?: Record<string, string | readonly string[]> | undefined;
  /** A caller without a dimension of `each` or `match`: `ignore` (default) does not count it, `deny` refuses it. */
  missing?: 'deny' | 'ignore' | undefined;
  /** Any of the units; `usd` in dollars, up to 9 000 000. 0 refuses every call. */
  limit: Partial<Record<BudgetUnit, number | undefined>>;
  /** A calendar window, or the length of one that ends now, as in `{ rolling: '24h' }` (`s`, `m`, `h` or `d`). */
  window: CalendarWindow | { rolling: string };
  /** Time zone of a calendar window; default UTC. */
  timezone?: string | undefined;
  /** Fractions of the limit, above 0 and at most 1, at which `budget.warn` is sent. */
  warnAt?: readonly number[] | undefined;
  /** `block` (default), `clamp` (cut `max_tokens` to what is left), `downgrade`, or `shadow` (only report). */
  onExceed?: 'block' | 'clamp' | 'downgrade' | 'shadow' | undefined;
  /** The model that calls go on with under `onExceed: 'downgrade'`. */
  downgradeTo?: string | undefined;
  /** `strict` (default) reserves an upper bound, `expected` what calls usually use. */
  estimate?: 'strict' | 'expected' | undefined;
  /** Whether calls pass while the store is away; default `deny` for money, else `allow`. */
  whenStoreFails?: 'deny' | 'allow' | undefined;
}

/** Memory, a SQLite file, a Redis client of ioredis or node-redis that you own, or an object implementing `Store`. */
export type StoreConfig = 'memory' | NamedStore | Store;
