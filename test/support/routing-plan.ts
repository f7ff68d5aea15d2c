import type { Call } from '../../src/core/call.ts';
import type { Caller } from '../../src/core/caller.ts';
import { Cancellation } from '../../src/core/cancellation.ts';
import type { Deployment } from '../../src/core/deployment.ts';
import type { FailureKind } from '../../src/core/failure.ts';
import type { AccessRule, ModelPlan, Plan, ProviderPlan } from '../../src/core/plan.ts';
import type { FailoverStrategy } from '../../src/core/strategy.ts';
import { Emitter } from '../../src/events/emitter.ts';
import { Affinity } from '../../src/routing/affinity.ts';
import type { AttemptOutcome } from '../../src/routing/attempt-outcome.ts';
import { Health, type HealthOptions } from '../../src/routing/health.ts';
import type { RouterOptions } from '../../src/routing/router.ts';
import { priority } from '../../src/routing/strategies/priority.ts';
import { callOf, deploymentOf, planOf } from './ledger-plan.ts';
import { TestClock } from './test-clock.ts';

/** A deployment by its id `provider/model`. */
export function at(id: string, more: Partial<Deployment> = {}): Deployment {
  const slash = id.indexOf('/');
  return deploymentOf({ id, provider: id.slice(0, slash), upstreamModel: id.slice(slash + 1), ...more });
}

export const failover: FailoverStrategy = { name: 'none', decide: () => undefined };

export function modelOf(name: string, deployments: readonly Deployment[], more: Partial<ModelPlan> = {}): ModelPlan {
  const { defaults } = planOf({});
  const fallbacks = { default: [], contextWindow: [], contentFilter: [] };
  return { ...defaults, name, strategy: priority, failover, deployments, fallbacks, params: undefined, affinity: false, ...more };
}

/** A plan with these models; every provider of their deployments is configured, and those named besides. */
export function planWith(models: readonly ModelPlan[], more: Partial<Plan> & { extraProviders?: readonly string[] } = {}): Plan {
  const names = models.flatMap(({ deployments }) => deployments.map(({ provider }) => provider));
  const providers = [...names, ...(more.extraProviders ?? [])].map((name) => [name, providerOf(name)] as const);
  return planOf({ models: new Map(models.map((model) => [model.name, model])), providers: new Map(providers), ...more });
}

export function providerOf(name: string, drop: readonly string[] = []): ProviderPlan {
  return { name, type: 'openai-compatible', options: { apiKeys: [], drop, middleware: [] } };
}

export function ruleOf(rule: Partial<AccessRule>): AccessRule {
  return { match: {}, allow: undefined, deny: undefined, denyTools: undefined, maxNanoUsdPerRequest: undefined, ...rule };
}

/** A call of a model with its own cancellation. */
export function callTo(modelPlan: ModelPlan, more: Partial<Call> & { caller?: Caller } = {}): Call {
  const plan = more.plan ?? planWith([modelPlan]);
  return callOf({ plan, model: modelPlan.name, modelPlan, cancellation: new Cancellation(), ...more });
}

export function routerOptions(more: Partial<RouterOptions> = {}): RouterOptions {
  return {
    forbids: () => undefined,
    estimateInputTokens: undefined,
    unsupported: () => undefined,
    affinity: new Affinity(),
    cachedInputIsCheaper: () => true,
    ...more,
  };
}

export function healthWith(options: Partial<HealthOptions> = {}): { health: Health; clock: TestClock; events: Emitter } {
  const clock = new TestClock();
  const events = new Emitter();
  const random = seeded(1);
  const health = new Health({ clock, random, events, headroom: () => 1, costNanoUsd: () => undefined, ...options });
  return { health, clock, events };
}

export function success(durationMs = 100, firstTokenMs: number | undefined = durationMs): AttemptOutcome {
  return { ok: true, firstTokenMs, durationMs };
}

export function failed(kind: FailureKind = 'transient', countsAgainstHealth = true): AttemptOutcome {
  return { ok: false, failure: { kind, message: kind, code: kind, reachedProvider: true }, countsAgainstHealth };
}

/** Mulberry32: a small generator that replays a seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
