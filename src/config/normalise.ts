import type { PriceOverride } from '../core/deployment.ts';
import type { Plan } from '../core/plan.ts';
import type { VendorFacts } from '../core/vendor-facts.ts';
import { ConfigurationError, type ConfigurationIssue } from '../errors/configuration-error.ts';
import { checkAccess } from './checks/access.ts';
import { checkBudgets } from './checks/budgets.ts';
import { checkCache } from './checks/cache.ts';
import { checkGuards } from './checks/guards.ts';
import { checkModels } from './checks/models.ts';
import { checkProviders } from './checks/providers.ts';
import { checkReach } from './checks/reach.ts';
import { cleanCopy } from './clean-copy.ts';
import { freezeDeep, hasFunctions } from './containers.ts';
import type { Environment } from './environment.ts';
import { Issues } from './issues.ts';
import { planAccess } from './plan/access.ts';
import { planBudget } from './plan/budgets.ts';
import { planCache } from './plan/cache.ts';
import { planGuards } from './plan/guards.ts';
import { planHandler } from './plan/handler.ts';
import { planModels, type Strategies } from './plan/models.ts';
import { BUILT_IN_POLICIES, planPolicies } from './plan/policies.ts';
import { planPriceUpdates, planToolPrices } from './plan/prices.ts';
import { planProviders } from './plan/providers.ts';
import { planTurnMemory } from './plan/turn-memory.ts';
import { namesOf } from './references.ts';
import { configSchema, type ValidConfig } from './schema.ts';

/** What a configuration can name and does not hold itself. */
export interface Registry {
  readonly strategies: Strategies;
  /** Facts of each provider type, by type. */
  readonly vendors: ReadonlyMap<string, VendorFacts>;
}

/** Validates a configuration and makes the plan of it. Pure. Throws `ConfigurationError` naming every problem. */
export function normalise(config: unknown, environment: Environment, version: number, registry: Registry): Plan {
  return toPlan(validate(config, environment, registry), environment, version, registry);
}

/** The configuration as a copy of its own, checked. Throws `ConfigurationError` naming every problem. */
export function validate(
  config: unknown,
  environment: Environment,
  registry: Registry,
  onWarning?: (warning: ConfigurationIssue) => void,
): ValidConfig {
  if (hasFunctions(config, ['then']))
    throw new ConfigurationError([{ path: '', message: 'expected a configuration, got a promise: await it first' }]);
  const issues = new Issues();
  const copied = cleanCopy(config, issues);
  const parsed = configSchema.safeParse(copied);
  if (!parsed.success) issues.addParsed(parsed.error, configSchema, copied);
  const names = namesOf(copied);
  checkProviders(copied, registry.vendors, environment, issues);
  checkModels(copied, names, registry.strategies.routing, issues);
  checkBudgets(copied, names, issues);
  checkAccess(copied, issues);
  checkGuards(copied, names, issues);
  checkCache(copied, names, issues);
  checkReach(copied, names, issues);
  const found = issues.all();
  if (!parsed.success || found.length > 0) throw new ConfigurationError(found);
  for (const warning of issues.warnings()) onWarning?.(warning);
  return parsed.data;
}

// How long a reservation outlives its call's deadline if nothing is configured.
const DEFAULT_LEASE_MS = 30_000;

/** The plan of a checked configuration: frozen, every default filled in. */
function toPlan(config: ValidConfig, environment: Environment, version: number, registry: Registry): Plan {
  const providers = planProviders(config, registry.vendors, environment);
  const defaults = planPolicies(BUILT_IN_POLICIES, config);
  const onlyProvider = providers.size === 1 ? [...providers.keys()][0] : undefined;
  const declaresModels = Object.keys(config.models ?? {}).length > 0;
  const budgets = Object.freeze((config.budgets ?? []).map(planBudget));
  return Object.freeze({
    version,
    ...planModels(config, providers, defaults, registry.strategies),
    providers: new Map([...providers].map(([name, { plan }]) => [name, plan])),
    defaultProvider: config.defaultProvider ?? onlyProvider,
    undeclaredModelsAt: config.defaultProvider ?? (declaresModels ? undefined : onlyProvider),
    budgets,
    demanding: Object.freeze(budgets.filter(({ missing }) => missing === 'deny')),
    access: planAccess(config.access),
    guards: planGuards(config.guards),
    prices: new Map<string, PriceOverride>(Object.entries(freezeDeep(config.prices ?? {}))),
    toolPrices: planToolPrices(config.toolPrices),
    unknownPrice: freezeDeep(config.unknownPrice ?? 'refuse'),
    priceUpdates: planPriceUpdates(config.priceUpdates),
    leaseMs: config.leaseMs ?? DEFAULT_LEASE_MS,
    captureContent: config.captureContent ?? false,
    turnMemory: planTurnMemory(config.turnMemory),
    cache: planCache(config.cache),
    reasoningField: config.reasoningField ?? 'reasoning_content',
    handler: planHandler(config.handler),
    defaults,
  });
}
