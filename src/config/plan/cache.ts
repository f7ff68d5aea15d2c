import { ttlMsOf } from '../../cache/ttl.ts';
import type { CachePlan, CacheScope, SemanticPlan } from '../../core/cache-plan.ts';
import { freezeDeep } from '../containers.ts';
import type { ValidConfig } from '../schema.ts';
import { toList, toMatch } from './budgets.ts';
import { defined } from './policies.ts';

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;
const DEFAULT_MAX_ENTRY_BYTES = 1024 * 1024;
const DEFAULT_STORE_TIMEOUT_MS = 100;

const DEFAULT_SEMANTIC: Omit<SemanticPlan, 'model'> = {
  threshold: 0.9,
  gate: true,
  maxEntries: 10_000,
  conversations: false,
  tools: false,
};

type Semantic = NonNullable<NonNullable<ValidConfig['cache']>['semantic']>;

export function planCache(config: ValidConfig['cache']): CachePlan | undefined {
  if (config === undefined) return undefined;
  const { ttl, scope, match, maxBytes, maxEntryBytes, coalesce, countHits, storeTimeoutMs, semantic } = config;
  return freezeDeep({
    ttlMs: ttlMsOf(ttl) ?? 0,
    scope: toScope(scope),
    match: toMatch(match ?? {}),
    maxBytes: maxBytes ?? DEFAULT_MAX_BYTES,
    maxEntryBytes: maxEntryBytes ?? DEFAULT_MAX_ENTRY_BYTES,
    coalesce: coalesce ?? true,
    countHits: countHits ?? false,
    storeTimeoutMs: storeTimeoutMs ?? DEFAULT_STORE_TIMEOUT_MS,
    semantic: semantic && planSemantic(semantic),
  });
}

/** If thresholds are learned, every question is near enough to learn from. */
function planSemantic(semantic: Semantic): SemanticPlan {
  const threshold = semantic.maxErrorRate === undefined ? DEFAULT_SEMANTIC.threshold : 0;
  return { ...DEFAULT_SEMANTIC, threshold, model: semantic.model, ...defined(semantic) };
}

function toScope(scope: string | readonly string[] = 'team'): CacheScope {
  return scope === 'shared' ? { kind: 'shared' } : { kind: 'private', dimensions: [...new Set(toList(scope))].sort() };
}
