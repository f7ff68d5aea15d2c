import { entriesOf, fieldOf } from '../../config/containers.ts';
import { vendorFacts } from '../../gateway/composition/provider-types.ts';
import type { Draft } from './draft.ts';
import { numberAt, textAt } from './litellm-account.ts';
import { typeOf } from './litellm-route.ts';
import { pathIn, type Section } from './litellm-section.ts';

interface BudgetDraft {
  readonly name: string;
  readonly each?: string;
  readonly match?: Record<string, string>;
  readonly limit: { readonly usd: number };
  readonly window: string | { readonly rolling: string };
}

/**
 * What a file limits: all calls, each user, each provider, each tag (https://docs.litellm.ai/docs/proxy/users,
 * https://docs.litellm.ai/docs/proxy/provider_budget_routing).
 */
export function litellmBudgets(sections: readonly Section[], draft: Draft): BudgetDraft[] {
  return sections.flatMap((section) => [
    ...ofEverybody(section, draft),
    ...ofUsers(section, draft),
    ...ofProviders(section, draft),
    ...ofTags(section, draft),
  ]);
}

function ofEverybody(section: Section, draft: Draft): BudgetDraft[] {
  const usd = limitAt(section.value, ['max_budget'], pathIn(section, 'max_budget'), draft);
  if (usd === undefined) {
    if (textAt(section.value, 'budget_duration') !== undefined)
      draft.note(pathIn(section, 'budget_duration'), 'goes with max_budget');
    return [];
  }
  const window = windowOf(textAt(section.value, 'budget_duration'), pathIn(section, 'budget_duration'), draft);
  return [{ name: 'everybody', limit: { usd: inNano(usd) }, window }];
}

function ofUsers(section: Section, draft: Draft): BudgetDraft[] {
  const defaults = fieldOf(section.value, 'default_internal_user_params');
  for (const [name] of entriesOf(defaults)) {
    const at = pathIn(section, `default_internal_user_params.${name}`);
    if (name === 'models') draft.note(at, 'see access.rules');
    else if (name !== 'max_budget' && name !== 'budget_duration') draft.note(at, 'has no counterpart');
  }
  const ofUser = (source: unknown, name: string) => limitAt(source, [name], pathIn(section, name), draft);
  const written: readonly [path: string, usd: number | undefined][] = [
    ['max_internal_user_budget', ofUser(section.value, 'max_internal_user_budget')],
    ['default_internal_user_params.max_budget', ofUser(defaults, 'max_budget')],
    ['max_end_user_budget', ofUser(section.value, 'max_end_user_budget')],
  ];
  const [first, ...further] = written.filter(([, usd]) => usd !== undefined);
  const usd = first?.[1];
  if (first === undefined || usd === undefined) return [];
  for (const [path] of further)
    draft.note(pathIn(section, path), `is left out: each user has one budget here, that of ${first[0]}`);
  const duration = textAt(section.value, 'internal_user_budget_duration') ?? textAt(defaults, 'budget_duration');
  const window = windowOf(duration, pathIn(section, 'internal_user_budget_duration'), draft);
  return [{ name: 'each-user', each: 'user', limit: { usd: inNano(usd) }, window }];
}

function ofProviders(section: Section, draft: Draft): BudgetDraft[] {
  return entriesOf(fieldOf(section.value, 'provider_budget_config')).flatMap(([provider, budget]) => {
    const path = `${pathIn(section, 'provider_budget_config')}.${provider}`;
    const usd = limitAt(budget, ['budget_limit', 'max_budget'], path, draft);
    const type = typeOf(provider, vendorFacts()) ?? provider;
    const names = Object.keys(draft.providers).filter((name) => name === type || name.startsWith(`${type}-`));
    if (usd === undefined || names.length === 0) {
      draft.note(path, 'is no provider of this configuration, or has no limit: left out');
      return [];
    }
    const window = windowOf(textAt(budget, 'time_period') ?? textAt(budget, 'budget_duration'), path, draft);
    const match = { provider: names.length === 1 ? type : `${type}*` };
    return [{ name: `provider-${provider}`, match, limit: { usd: inNano(usd) }, window }];
  });
}

function ofTags(section: Section, draft: Draft): BudgetDraft[] {
  return entriesOf(fieldOf(section.value, 'tag_budget_config')).flatMap(([tag, budget]) => {
    const path = `${pathIn(section, 'tag_budget_config')}.${tag}`;
    const usd = limitAt(budget, ['max_budget', 'budget_limit'], path, draft);
    if (usd === undefined) {
      draft.note(path, 'has no limit: left out');
      return [];
    }
    const window = windowOf(textAt(budget, 'budget_duration') ?? textAt(budget, 'time_period'), path, draft);
    return [{ name: `tag-${tag}`, match: { tags: tag }, limit: { usd: inNano(usd) }, window }];
  });
}

/** Money has no less than a nano-dollar here, which lets as little pass; what is below zero lets nothing pass. */
function inNano(usd: number): number {
  return usd > 0 ? Math.max(usd, 1e-9) : 0;
}

const MOST_USD = 9_000_000;

/** A limit that nobody reaches stands for none in LiteLLM's examples, and here too. */
function limitAt(source: unknown, names: readonly string[], path: string, draft: Draft): number | undefined {
  const usd = names.map((name) => numberAt(source, name)).find((value) => value !== undefined);
  if (usd === undefined || usd <= MOST_USD) return usd;
  draft.note(path, `is above ${MOST_USD} dollars, the most that a budget has: left out`);
  return undefined;
}

/** A budget without a duration is never reset. */
function windowOf(duration: string | undefined, path: string, draft: Draft): BudgetDraft['window'] {
  if (duration === undefined) return 'lifetime';
  if (/^[1-9]\d*[smhd]$/.test(duration)) return { rolling: duration };
  if (duration === '1mo') return 'month';
  draft.note(path, `'${duration}' is no window here: a month takes its place`);
  return 'month';
}
