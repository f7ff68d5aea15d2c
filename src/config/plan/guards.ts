import {
  DEFAULT_GUARD_TIMEOUT_MS,
  DEFAULT_MODEL_GUARD_TIMEOUT_MS,
  DEFAULT_REPAIR_TIMEOUT_MS,
  type Guard,
  type GuardPattern,
  type GuardPlan,
  type GuardUse,
  PERSONAL_DATA_KINDS,
} from '../../core/guard.ts';
import { freezeDeep } from '../containers.ts';
import type { PatternConfig } from '../guard-config.ts';
import type { ValidConfig } from '../schema.ts';
import { toMatch } from './budgets.ts';

type ValidGuard = NonNullable<ValidConfig['guards']>[number];

export function planGuards(guards: readonly ValidGuard[] | undefined): readonly GuardPlan[] {
  return Object.freeze((guards ?? []).map(planGuard));
}

function planGuard(guard: ValidGuard): GuardPlan {
  const { name, on, match, mode, timeoutMs, whenItFails } = guard;
  const use = toUse(guard);
  return Object.freeze({
    name,
    on,
    match: freezeDeep(toMatch(match)),
    mode,
    timeoutMs: timeoutMs ?? defaultTimeoutMs(use),
    whenItFails: whenItFails ?? 'deny',
    use,
  });
}

function defaultTimeoutMs(use: GuardUse): number {
  if (use.kind === 'model') return DEFAULT_MODEL_GUARD_TIMEOUT_MS;
  return use.kind === 'json-schema' && use.repair ? DEFAULT_REPAIR_TIMEOUT_MS : DEFAULT_GUARD_TIMEOUT_MS;
}

function toUse(guard: ValidGuard): GuardUse {
  if (isOwn(guard)) return { kind: 'custom', guard };
  switch (guard.use) {
    case 'secrets':
      return { kind: 'secrets' };
    case 'personal-data':
      return { kind: 'personal-data', kinds: [...new Set(guard.kinds ?? PERSONAL_DATA_KINDS)], country: guard.country };
    case 'pattern':
      return { kind: 'pattern', deny: toPatterns(guard.deny), allow: toPatterns(guard.allow) };
    case 'json-schema':
      return { kind: 'json-schema', schema: guard.schema, repair: guard.repair ?? false };
    case 'size':
      return { kind: 'size', maxCharacters: guard.maxCharacters };
    case 'model':
      return { kind: 'model', model: guard.model, policy: guard.policy };
  }
}

function isOwn(guard: ValidGuard): guard is Guard {
  return 'check' in guard;
}

function toPatterns(patterns: PatternConfig | readonly PatternConfig[] | undefined): GuardPattern[] {
  if (patterns === undefined) return [];
  return isList(patterns) ? patterns.map(toPattern) : [toPattern(patterns)];
}

function isList(patterns: PatternConfig | readonly PatternConfig[]): patterns is readonly PatternConfig[] {
  return Array.isArray(patterns);
}

function toPattern(pattern: PatternConfig): GuardPattern {
  if (typeof pattern === 'string') return { kind: 'pattern', source: pattern, isLiteral: false, ignoreCase: false };
  if (pattern instanceof RegExp) {
    return { kind: 'pattern', source: pattern.source, isLiteral: false, ignoreCase: pattern.ignoreCase };
  }
  const { kind = 'pattern', ignoreCase = false } = pattern;
  const isLiteral = 'text' in pattern;
  return { kind, source: isLiteral ? pattern.text : pattern.pattern, isLiteral, ignoreCase };
}
