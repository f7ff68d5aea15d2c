export { createVirtualKey } from './access/virtual-keys.ts';
export type { CacheStore } from './cache/cache-store.ts';
export type { CacheConfig, SemanticCacheConfig } from './config/cache-config.ts';
export { defineConfig } from './config/define-config.ts';
export type { GatewayConfig } from './config/gateway-config.ts';
export type { CacheUse } from './core/cache-use.ts';
export type { Call } from './core/call.ts';
export type { Caller } from './core/caller.ts';
export type { Capabilities } from './core/capabilities.ts';
export type { Clock, ClockOption, Timer } from './core/clock.ts';
export type { Deployment } from './core/deployment.ts';
export type { Failure, FailureKind } from './core/failure.ts';
export type {
  Guard,
  GuardContent,
  GuardContext,
  GuardFinding,
  GuardFindingCount,
  GuardPart,
} from './core/guard.ts';
export type { ItemSource } from './core/item-source.ts';
export type { Operation } from './core/operation.ts';
export type { AppliedPrice, PriceOrigin, PriceSource } from './core/price.ts';
export type { Route, RouteAttempt, RouteFailure } from './core/route.ts';
export type { FailoverDecision, FailoverState, FailoverStrategy, HealthView, RoutingStrategy } from './core/strategy.ts';
export type { Usage, UsageSource } from './core/usage.ts';
export { AccessDeniedError } from './errors/access-denied-error.ts';
export { BudgetExceededError } from './errors/budget-exceeded-error.ts';
export { ConfigurationError } from './errors/configuration-error.ts';
export { ContentBlockedError } from './errors/content-blocked-error.ts';
export { isFailoverExhausted } from './errors/final-error.ts';
export { GatewayClosedError } from './errors/gateway-closed-error.ts';
export { InvalidKeyError } from './errors/invalid-key-error.ts';
export { InvalidParamsError } from './errors/invalid-params-error.ts';
export { RateLimitedError } from './errors/rate-limited-error.ts';
export { StoreUnavailableError } from './errors/store-unavailable-error.ts';
export { type PartialAnswer, StreamInterruptedError } from './errors/stream-interrupted-error.ts';
export { UnknownModelError } from './errors/unknown-model-error.ts';
export { UnpricedModelError } from './errors/unpriced-model-error.ts';
export { UnsupportedOperationError } from './errors/unsupported-operation-error.ts';
export type { AttemptMessage, RequestMessage } from './events/channel-messages.ts';
export type { EventMap, EventType } from './events/event-map.ts';
export type { Control, PlanReport } from './gateway/control.ts';
export type { CacheControl, NativeParams, NativeTool, ReasoningDetail } from './gateway/openai-fields.ts';
export { Gateway, type Handler } from './gateway.ts';
export type { BudgetBalance, UsageQuery, UsageRow } from './ledger/ledger.ts';
export { toCsv } from './ledger/to-csv.ts';
export { routeOf } from './pipeline/record/route-of.ts';
export type { AttemptContext, Credential, Provider, UpstreamReply, UpstreamRequest } from './providers/provider.ts';
export { UpstreamError } from './providers/upstream-error.ts';
export { type ProviderMiddleware, wrapProvider } from './providers/wrap-provider.ts';
export type { HealthReport } from './routing/health.ts';
export type { Store } from './stores/store.ts';
