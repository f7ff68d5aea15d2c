import { usdToNano } from '../../core/money.ts';
import type { AccessPlan, AccessRule, CallerParam, VirtualKey } from '../../core/plan.ts';
import { freezeDeep } from '../containers.ts';
import type { ValidConfig } from '../schema.ts';
import { toList, toMatch } from './budgets.ts';

type AccessConfig = NonNullable<ValidConfig['access']>;
type RuleConfig = NonNullable<AccessConfig['rules']>[number];
type KeyConfig = NonNullable<AccessConfig['keys']>[number];

export function planAccess(access: AccessConfig | undefined): AccessPlan {
  const keys = (access?.keys ?? []).map(toKey);
  return Object.freeze({
    default: access?.default ?? 'allow',
    rules: freezeDeep((access?.rules ?? []).map(toRule)),
    callerFromParams: freezeDeep((access?.callerFromParams ?? []).map(toCallerParam)),
    keys: new Map(keys.map((key) => [key.digest, key])),
    maxFailuresPerMinute: access?.maxFailuresPerMinute,
    placeHeader: access?.placeHeader?.toLowerCase(),
  });
}

function toCallerParam(name: string): CallerParam {
  return name === 'user'
    ? { param: 'user', dimension: 'user' }
    : { param: 'metadata', dimension: name.slice('metadata.'.length) };
}

function toRule(rule: RuleConfig): AccessRule {
  const { maxUsdPerRequest } = rule;
  return {
    match: toMatch(rule.match),
    allow: rule.allow === undefined ? undefined : toList(rule.allow),
    deny: rule.deny === undefined ? undefined : toList(rule.deny),
    denyTools: rule.denyTools === undefined ? undefined : toList(rule.denyTools),
    maxNanoUsdPerRequest: maxUsdPerRequest === undefined ? undefined : usdToNano(maxUsdPerRequest),
  };
}

function toKey({ id, hash, caller, expiresAt, disabled }: KeyConfig): VirtualKey {
  return freezeDeep({
    id,
    digest: hash.slice('sha256:'.length).toLowerCase(),
    caller: { key: id, ...caller },
    expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt).getTime(),
    disabled: disabled ?? false,
  });
}
