import type { Budget } from '../../src/core/budget.ts';
import type { Call } from '../../src/core/call.ts';
import { Cancellation } from '../../src/core/cancellation.ts';
import type { Deployment } from '../../src/core/deployment.ts';
import { DEFAULT_HANDLER_LIMITS, type ModelPlan, type Plan } from '../../src/core/plan.ts';
import { DEFAULT_RETRY } from '../../src/core/policies.ts';
import { DEFAULT_TIMEOUTS } from '../../src/core/timeouts.ts';

/** Parts of a plan for tests that need no configuration. */
export function budgetOf(budget: Partial<Budget> & Pick<Budget, 'name' | 'limit'>): Budget {
  return {
    each: [],
    match: {},
    window: { kind: 'calendar', unit: 'month', timezone: 'UTC' },
    warnAt: [],
    onExceed: { action: 'block' },
    estimate: 'strict',
    whenStoreFails: 'deny',
    ...budget,
  };
}

export function deploymentOf(deployment: Partial<Deployment>): Deployment {
  const provider = deployment.provider ?? 'openai';
  const upstreamModel = deployment.upstreamModel ?? 'gpt-5-mini';
  return {
    id: `${provider}/${upstreamModel}`,
    provider,
    vendor: provider,
    upstreamModel,
    weight: 1,
    priority: 0,
    capabilities: {},
    tags: [],
    ...deployment,
  };
}

export function planOf(plan: Partial<Plan>): Plan {
  return {
    version: 1,
    models: new Map(),
    wildcards: [],
    providers: new Map(),
    defaultProvider: undefined,
    undeclaredModelsAt: undefined,
    budgets: [],
    access: { default: 'allow', rules: [], callerFromParams: [], keys: new Map() },
    prices: new Map(),
    toolPrices: new Map(),
    unknownPrice: 'refuse',
    leaseMs: 30_000,
    captureContent: false,
    handler: DEFAULT_HANDLER_LIMITS,
    defaults: DEFAULTS,
    ...plan,
  };
}

let calls = 0;

export function callOf(call: Partial<Call> & Pick<Call, 'plan'>): Call {
  calls += 1;
  return {
    requestId: `req_${calls}`,
    operation: 'chat',
    caller: {},
    model: 'fast',
    modelPlan: MODEL,
    params: { model: 'fast', max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] },
    stream: false,
    cancellation: CANCELLATION,
    startedAt: 0,
    startedMonotonicMs: 0,
    deadlineMs: 600_000,
    ...call,
  };
}

const CANCELLATION = new Cancellation();
const DEFAULTS = {
  retry: DEFAULT_RETRY,
  timeouts: DEFAULT_TIMEOUTS,
  hedge: undefined,
  stream: { onInterrupt: 'error' as const },
};
const MODEL: ModelPlan = {
  ...DEFAULTS,
  name: 'fast',
  strategy: { name: 'priority', order: (candidates) => candidates },
  failover: { name: 'none', decide: () => undefined },
  deployments: [],
  fallbacks: { default: [], contextWindow: [], contentFilter: [] },
  params: undefined,
  affinity: false,
};
