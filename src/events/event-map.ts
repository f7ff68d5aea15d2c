import type { FailureKind } from '../core/failure.ts';
import type { GuardFindingCount, GuardSide } from '../core/guard.ts';
import type { RouteFailure } from '../core/route.ts';
import type { RunAmounts, RunLimit, RunTotals } from '../core/run-limits.ts';
import type { Usage, UsageSource } from '../core/usage.ts';
import type {
  BudgetExactEvent,
  BudgetExceedEvent,
  BudgetRaiseEvent,
  BudgetResetEvent,
  BudgetWarnEvent,
} from './budget-events.ts';
import type { EventBase } from './event-base.ts';

interface AttemptFields {
  /** `provider/model` of the deployment. */
  readonly deployment: string;
  /** Name of the provider in the configuration. */
  readonly provider: string;
  /** The model's name at the provider. */
  readonly upstreamModel: string;
  /** Number of the attempt in its call, from 1. */
  readonly attempt: number;
}

/** An attempt of a call that failed, in short. */
export interface FailedAttempt {
  readonly deployment: string;
  readonly kind: FailureKind;
  readonly status?: number | undefined;
}

/** A call came in. The first event of each call. */
export interface RequestStartEvent extends EventBase<'request.start'> {
  /** Whether the answer comes in pieces. */
  readonly stream: boolean;
  /** Id of the call that the gateway makes this one for: a guard's question about it, or an embedding for its cache. */
  readonly askedFor?: string | undefined;
  /** Only with `captureContent`. */
  readonly input?: unknown;
}
/** Exactly one per call. */
export interface RequestEndEvent extends EventBase<'request.end'> {
  /** `denied`: refused by a rule, a limit or a guard, or for want of a price or of the store. `aborted`: ended by its caller. */
  readonly outcome: 'success' | 'error' | 'denied' | 'aborted';
  /** Deployment that answered; undefined if none did. */
  readonly deployment?: string | undefined;
  /** Its provider. */
  readonly provider?: string | undefined;
  /** Its model at the provider. */
  readonly upstreamModel?: string | undefined;
  /** Attempts that were made, 0 if nothing was sent. */
  readonly attempts: number;
  /** Tokens of all attempts together. */
  readonly usage?: Usage | undefined;
  /** Dollars of all attempts together; undefined if a price is not known. */
  readonly costUsd?: number | undefined;
  readonly usageSource?: UsageSource | undefined;
  /** Milliseconds from the start of the call to its end. */
  readonly durationMs: number;
  /** Milliseconds to the first content; undefined if none came. */
  readonly firstTokenMs?: number | undefined;
  /** Why the model stopped, in OpenAI's words. */
  readonly finishReason?: string | undefined;
  /** Items of a stream that came from the provider. */
  readonly chunks?: number | undefined;
  /** Attempts that failed by themselves, also if another one answered in the end; undefined if none did. */
  readonly failures?: readonly FailedAttempt[] | undefined;
  /** What the cache had for the call; undefined if it was not asked. */
  readonly cache?: 'hit' | 'miss' | undefined;
  /** The model that a budget's downgrade led to, instead of `model`. */
  readonly downgradedTo?: string | undefined;
  /** Id of the call that the gateway made this one for, as in its `request.start`. */
  readonly askedFor?: string | undefined;
  /** Ids of the runs with limits that the call is inside of, the innermost first. */
  readonly runs?: readonly string[] | undefined;
  /** What the caller was told, if the call failed. */
  readonly error?: { readonly code: string; readonly message: string; readonly status?: number | undefined } | undefined;
  /** Only with `captureContent`. */
  readonly output?: unknown;
}
/** A request goes to a deployment. */
export interface AttemptStartEvent extends EventBase<'attempt.start'>, AttemptFields {
  /** Value of OpenTelemetry's `gen_ai.provider.name`. */
  readonly vendor: string;
  /** `https://host[:port]` of the provider, if it tells. */
  readonly origin?: string | undefined;
  /** Milliseconds from the start of the call. */
  readonly startedAfterMs: number;
}
/** An attempt answered or failed; exactly one for each `attempt.start`. Of a stream: when the stream has ended. */
export interface AttemptEndEvent extends EventBase<'attempt.end'>, AttemptFields {
  /** Milliseconds from sending to the end. */
  readonly durationMs: number;
  /** Why it failed; undefined if it answered. */
  readonly failure?: RouteFailure | undefined;
  /** Tokens that it used, if any are known. */
  readonly usage?: Usage | undefined;
  /** Dollars that it cost; undefined if nothing was used, or no price is known. */
  readonly costUsd?: number | undefined;
}
/** Once per attempt that used something, or was answered, if no price is known: its cost is missing in every sum. */
export interface UsageUnpricedEvent extends EventBase<'usage.unpriced'>, AttemptFields {
  readonly usage: Usage;
}
/** The same deployment is tried again, after a wait of `afterMs`. */
export interface RetryEvent extends EventBase<'retry'> {
  /** `provider/model` of the deployment. */
  readonly deployment: string;
  /** Why the attempt before failed. */
  readonly failure: RouteFailure;
  /** Milliseconds until the next attempt. */
  readonly afterMs: number;
}
/** A deployment failed, and the call goes on with another. */
export interface FailoverEvent extends EventBase<'failover'> {
  /** Deployment that failed, as `provider/model`. */
  readonly from: string;
  /** Deployment that is tried next. */
  readonly to: string;
  /** Why the first one failed. */
  readonly failure: RouteFailure;
}
/** A deployment, one of its credentials, or a whole provider is left alone until `untilMs`. */
export interface CooldownStartEvent extends EventBase<'cooldown.start'> {
  /** `provider/model` of the deployment. */
  readonly deployment: string;
  /** What cools: one key, the deployment, or all of its provider. */
  readonly scope: 'credential' | 'deployment' | 'provider';
  /** Wall clock. */
  readonly untilMs: number;
  /** What led to it. */
  readonly reason: string;
}
/** What was cooling may be asked again. */
export interface CooldownEndEvent extends EventBase<'cooldown.end'> {
  readonly deployment: string;
  readonly scope: 'credential' | 'deployment' | 'provider';
  readonly untilMs: number;
  readonly reason: string;
}
/** A rule or a virtual key was the reason to refuse a call. */
export interface AccessDenyEvent extends EventBase<'access.deny'> {
  /** In words; `invalid_key` for a virtual key that is unknown, disabled or expired, of which nothing is told. */
  readonly reason: string;
  /** Of a refused key: where it came from, as `access.placeHeader` tells. */
  readonly place?: string | undefined;
  /** Of a refused key: how many had no event since the last, because there are at most 10 per second. */
  readonly suppressed?: number | undefined;
}
/** Events of runs are of no one call: `requestId` and `model` are empty, `operation` is `passthrough`. */
interface RunFields {
  /** The run's id. */
  readonly run: string;
}
/** A run with limits of its own begins. */
export interface RunStartEvent extends EventBase<'run.start'>, RunFields {
  /** The run that this one is inside of. */
  readonly parent: string | undefined;
  readonly limits: RunAmounts;
}
/** Once per limit and process, when what was used has come to 80 % of it; again after it was raised. */
export interface RunWarnEvent extends EventBase<'run.warn'>, RunFields {
  readonly limit: RunLimit;
  /** In the unit of the limit, as `max`. */
  readonly spent: number;
  readonly max: number;
  readonly threshold: number;
}
/** A run has ended; its totals by model and tool. */
export interface RunEndEvent extends EventBase<'run.end'>, RunFields {
  /** `idle`: made by `for`, and not used for an hour, or one of the oldest of too many. */
  readonly outcome: 'success' | 'error' | 'idle';
  readonly durationMs: number;
  /** Of the calls in this process that had ended by then. */
  readonly totals: RunTotals;
}
interface GuardFields {
  /** Name of the guard. */
  readonly guard: string;
  readonly on: GuardSide;
  /** Kinds of what was found, and how often; never the text. */
  readonly findings: readonly GuardFindingCount[];
}
/** A guard refused a call or its answer. Once per guard, side and call. */
export interface GuardBlockEvent extends EventBase<'guard.block'>, GuardFields {}
/** A guard replaced what it found. Once per guard, side and call. */
export interface GuardRedactEvent extends EventBase<'guard.redact'>, GuardFields {}
/** A guard found something and let it pass. Once per guard, side and call. */
export interface GuardFlagEvent extends EventBase<'guard.flag'>, GuardFields {}
/** A call waits for a place at a deployment. */
export interface QueueEnterEvent extends EventBase<'queue.enter'> {
  readonly deployment: string;
  readonly waitedMs: number;
}
/** A call no longer waits: it got a place, or gave up. `waitedMs` says how long it waited. */
export interface QueueLeaveEvent extends EventBase<'queue.leave'> {
  readonly deployment: string;
  readonly waitedMs: number;
}
/** The first content of a stream was handed over. */
export interface StreamCommitEvent extends EventBase<'stream.commit'> {
  readonly deployment: string;
  readonly firstTokenMs: number;
}
/** A stream broke after content was handed over. */
export interface StreamInterruptEvent extends EventBase<'stream.interrupt'> {
  readonly deployment: string;
  readonly failure: RouteFailure;
  /** Characters handed over before the break. */
  readonly delivered: number;
}
/**
 * What a call began and its provider went on with has ended, and is charged: to the caller of that call, whose id this
 * event has. The calls that read it are free.
 */
export interface BackgroundSettleEvent extends EventBase<'background.settle'> {
  readonly deployment: string;
  readonly provider: string;
  readonly upstreamModel: string;
  /** The provider's word: `completed`, `cancelled`, … */
  readonly status: string;
  readonly usage: Usage;
  readonly costUsd?: number | undefined;
  readonly usageSource: UsageSource;
}
/** The store could not be reached. `operation` is the store's verb here (`reserve`, `settle`, …). */
export interface StoreFailEvent extends Omit<EventBase<'store.fail'>, 'operation'> {
  readonly operation: string;
  readonly error: { readonly code: string; readonly message: string };
}
/** The store answers again. `operation` is its verb that succeeded again; `error` the last one before. */
export interface StoreRecoverEvent extends Omit<EventBase<'store.recover'>, 'operation'> {
  readonly operation: string;
  readonly error: { readonly code: string; readonly message: string };
}
/** A new configuration is in force, or a changed file was refused. */
export interface ConfigUpdateEvent extends EventBase<'config.update'> {
  /** Version in force. */
  readonly version: number;
  /** Why a changed file was not taken; the version before stays in force. */
  readonly error?: unknown;
}
/** After each load of `priceUpdates.source`. */
export interface PricesUpdateEvent extends EventBase<'prices.update'> {
  readonly source: 'genai-prices' | 'function';
  /** Prices that came, or models in the list. */
  readonly prices?: number | undefined;
  /** Why they were not taken; the prices before stay in force. */
  readonly error?: { readonly code: string; readonly message: string } | undefined;
}
/** A listener threw or rejected. */
export interface ListenerErrorEvent extends EventBase<'listener.error'> {
  readonly event: string;
  readonly error: unknown;
}

/** Every event by its type. */
export interface EventMap {
  'request.start': RequestStartEvent;
  'request.end': RequestEndEvent;
  'attempt.start': AttemptStartEvent;
  'attempt.end': AttemptEndEvent;
  'usage.unpriced': UsageUnpricedEvent;
  retry: RetryEvent;
  failover: FailoverEvent;
  'cooldown.start': CooldownStartEvent;
  'cooldown.end': CooldownEndEvent;
  'budget.warn': BudgetWarnEvent;
  'budget.exceed': BudgetExceedEvent;
  'budget.exact': BudgetExactEvent;
  'budget.raise': BudgetRaiseEvent;
  'budget.reset': BudgetResetEvent;
  'access.deny': AccessDenyEvent;
  'run.start': RunStartEvent;
  'run.warn': RunWarnEvent;
  'run.end': RunEndEvent;
  'guard.block': GuardBlockEvent;
  'guard.redact': GuardRedactEvent;
  'guard.flag': GuardFlagEvent;
  'queue.enter': QueueEnterEvent;
  'queue.leave': QueueLeaveEvent;
  'stream.commit': StreamCommitEvent;
  'stream.interrupt': StreamInterruptEvent;
  'background.settle': BackgroundSettleEvent;
  'store.fail': StoreFailEvent;
  'store.recover': StoreRecoverEvent;
  'config.update': ConfigUpdateEvent;
  'prices.update': PricesUpdateEvent;
  'listener.error': ListenerErrorEvent;
}

/** The name of an event, as `gateway.on` takes it. */
export type EventType = keyof EventMap;
