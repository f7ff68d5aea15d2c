export { createVirtualKey } from './access/virtual-keys.ts';
export type { CacheStore } from './cache/cache-store.ts';
export type { AccessConfig, AccessRuleConfig, HandlerConfig, VirtualKeyConfig } from './config/access-config.ts';
export type { CacheConfig, SemanticCacheConfig } from './config/cache-config.ts';
export { defineConfig } from './config/define-config.ts';
export type {
  BudgetConfig,
  DeploymentConfig,
  FallbacksConfig,
  GatewayConfig,
  HedgeConfig,
  ModelConfig,
  ModelOptions,
  Policies,
  ProviderConfig,
  ProviderType,
  QueueConfig,
  RedisStoreConfig,
  SlicesConfig,
  SqliteStoreConfig,
  StoreConfig,
  StrategyName,
} from './config/gateway-config.ts';
export type { GuardConfig } from './config/guard-config.ts';
export type * from './config/guards/configs.ts';
export type { PatternConfig } from './config/guards/pattern.ts';
export type { PriceConfig, PriceUpdatesConfig, ToolPriceConfig, UnknownPriceConfig } from './config/price-config.ts';
export type { TurnMemoryConfig } from './config/turn-memory-config.ts';
export type { BudgetUnit, CalendarWindow } from './core/budget.ts';
export type {
  BudgetAdjustment,
  BudgetRaise,
  RaisedBudget,
  ResetBudget,
} from './core/budget-adjustment.ts';
export type { CacheUse } from './core/cache-use.ts';
export type { Call } from './core/call.ts';
export type { CallFacts } from './core/call-facts.ts';
export type { Caller } from './core/caller.ts';
export type { Capabilities } from './core/capabilities.ts';
export type { Clock, ClockOption, Timer } from './core/clock.ts';
export type { Deployment, OtherPrices, PriceOverride, QueueLimits, TokenPrices, UnitPrices } from './core/deployment.ts';
export type { Failure, FailureKind } from './core/failure.ts';
export type {
  Guard,
  GuardContent,
  GuardContext,
  GuardFinding,
  GuardFindingCount,
  GuardMode,
  GuardPart,
  GuardSide,
  PersonalDataKind,
} from './core/guard.ts';
export type { ItemSource } from './core/item-source.ts';
export type { MaybePromise } from './core/maybe-promise.ts';
export type { Operation } from './core/operation.ts';
export type { Params } from './core/params.ts';
export type { RetryPolicy, StreamPolicy } from './core/policies.ts';
export type { AppliedPrice, PriceOrigin, PriceSource } from './core/price.ts';
export type { Route, RouteAttempt, RouteFailure } from './core/route.ts';
export type { RunAmounts, RunAnswer, RunAtLimit, RunLimit, RunLimits, RunReport, RunTotals } from './core/run-limits.ts';
export type { FailoverDecision, FailoverState, FailoverStrategy, HealthView, RoutingStrategy } from './core/strategy.ts';
export type { Timeouts } from './core/timeouts.ts';
export type { OpenAiUsage, UnitCounts, Usage, UsageSource } from './core/usage.ts';
export { AccessDeniedError } from './errors/access-denied-error.ts';
export { BudgetExceededError } from './errors/budget-exceeded-error.ts';
export { ConfigurationError, type ConfigurationIssue } from './errors/configuration-error.ts';
export { ContentBlockedError } from './errors/content-blocked-error.ts';
export { type FailoverFacts, isFailoverExhausted } from './errors/final-error.ts';
export { GatewayClosedError } from './errors/gateway-closed-error.ts';
export { InvalidKeyError } from './errors/invalid-key-error.ts';
export { InvalidParamsError } from './errors/invalid-params-error.ts';
export { RateLimitedError } from './errors/rate-limited-error.ts';
export { RunLimitError } from './errors/run-limit-error.ts';
export { StoreUnavailableError } from './errors/store-unavailable-error.ts';
export { type PartialAnswer, StreamInterruptedError } from './errors/stream-interrupted-error.ts';
export { UnknownModelError } from './errors/unknown-model-error.ts';
export { UnpricedModelError } from './errors/unpriced-model-error.ts';
export { UnsupportedOperationError } from './errors/unsupported-operation-error.ts';
export type {
  BudgetExactEvent,
  BudgetExceedEvent,
  BudgetRaiseEvent,
  BudgetResetEvent,
  BudgetWarnEvent,
} from './events/budget-events.ts';
export type { AttemptMessage, RequestMessage } from './events/channel-messages.ts';
export type {
  AccessDenyEvent,
  AttemptEndEvent,
  AttemptStartEvent,
  BackgroundSettleEvent,
  ConfigUpdateEvent,
  CooldownEndEvent,
  CooldownStartEvent,
  EventMap,
  EventType,
  FailoverEvent,
  GuardBlockEvent,
  GuardFlagEvent,
  GuardRedactEvent,
  ListenerErrorEvent,
  PricesUpdateEvent,
  QueueEnterEvent,
  QueueLeaveEvent,
  RequestEndEvent,
  RequestStartEvent,
  RetryEvent,
  RunEndEvent,
  RunStartEvent,
  RunWarnEvent,
  StoreFailEvent,
  StoreRecoverEvent,
  StreamCommitEvent,
  StreamInterruptEvent,
  UsageUnpricedEvent,
} from './events/event-map.ts';
export type { Control, PlannedDeployment, PlanReport } from './gateway/control.ts';
export type { CacheControl, NativeParams, NativeTool, ReasoningDetail, ThinkingParam } from './gateway/openai-fields.ts';
export { Gateway, type Handler } from './gateway.ts';
export type { BalanceAdjustment, BudgetBalance } from './ledger/budget-balance.ts';
export type { CountTokens } from './ledger/estimate.ts';
export type { UsageDimension, UsageQuery, UsageRow } from './ledger/ledger.ts';
export { toCsv } from './ledger/to-csv.ts';
export { routeOf } from './pipeline/record/route-of.ts';
export type { AttemptContext, Credential, Provider, UpstreamReply, UpstreamRequest } from './providers/provider.ts';
export { UpstreamError, type UpstreamErrorReason } from './providers/upstream-error.ts';
export { type ProviderMiddleware, wrapProvider } from './providers/wrap-provider.ts';
export type { HealthReport } from './routing/health.ts';
export type { HealthState } from './routing/health-record.ts';
export type { Percentiles } from './routing/latency.ts';
export type {
  Balance,
  BalanceQuery,
  Charge,
  ChargeWindow,
  Extended,
  Released,
  ReservationState,
  Reserved,
  Settled,
  SliceGrant,
  SliceReport,
  Store,
  UsageRange,
  UsageTotals,
} from './stores/store.ts';
