import { entriesOf, fieldOf, itemsOf, textsOf } from '../../config/containers.ts';
import type { VendorFacts } from '../../core/vendor-facts.ts';
import type { Draft } from './draft.ts';
import { FallbackGraph, type FallbacksDraft } from './fallback-graph.ts';
import { textAt } from './litellm-account.ts';
import { type DeploymentDraft, litellmDeployment } from './litellm-deployment.ts';
import { inOrder, tiersOf, withoutOrder } from './litellm-orders.ts';
import { firstNumber, pathIn, type Section } from './litellm-section.ts';
import { longest, type TimeoutsDraft, timeoutsOf } from './litellm-timeouts.ts';

export interface ModelsDraft {
  readonly models: Readonly<Record<string, unknown>>;
  readonly retry: { readonly attemptsPerDeployment: number; readonly maxAttempts: number } | undefined;
}

/** Strategies by LiteLLM's name (https://docs.litellm.ai/docs/routing). */
const STRATEGIES: ReadonlyMap<string, string> = new Map([
  ['simple-shuffle', 'weighted'],
  ['least-busy', 'least-busy'],
  ['latency-based-routing', 'lowest-latency'],
  ['cost-based-routing', 'lowest-cost'],
  ['usage-based-routing', 'most-headroom'],
  ['usage-based-routing-v2', 'most-headroom'],
]);

/** The models of `model_list` with how they are routed and what they fall back to. */
export function litellmModels(
  list: unknown,
  sections: readonly Section[],
  draft: Draft,
  vendors: ReadonlyMap<string, VendorFacts>,
): ModelsDraft {
  const groups = groupsOf(list, draft, vendors);
  const aliases = aliasesOf(sections);
  const fallbacks = fallbacksOf(sections, groups, new Map(aliases.map(({ alias, target }) => [alias, target])), draft);
  const strategy = strategyOf(sections, draft);
  const models = new Map<string, unknown>();
  for (const [name, group] of groups) addModel(name, group, { strategy, fallbacks: fallbacks.of(name), models, draft });
  for (const { alias, target, isHidden, path } of aliases) {
    if (groups.has(target) && !models.has(alias)) models.set(alias, models.get(target));
    else draft.note(path, `names '${target}', which is not in model_list, or a name that is`);
    if (isHidden) draft.note(`${path}.hidden`, 'has no counterpart: lists have the name');
  }
  const retries = firstNumber(sections, ['num_retries']);
  const mostTiers = Math.max(1, ...[...groups.values()].map(({ deployments }) => tiersOf(deployments).length));
  return { models: Object.fromEntries(models), retry: retryOf(retries, fallbacks.longest + mostTiers - 1) };
}

/** The deployments that stand for one name, and the limits of time that all of them have. */
interface Group {
  readonly deployments: readonly DeploymentDraft[];
  readonly timeouts: TimeoutsDraft | undefined;
}

function groupsOf(list: unknown, draft: Draft, vendors: ReadonlyMap<string, VendorFacts>): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const [place, entry] of itemsOf(list).entries()) {
    const path = `model_list[${place}]`;
    const name = textAt(entry, 'model_name')?.trim();
    if (name === undefined || name === '' || name.includes('${')) {
      draft.note(`${path}.model_name`, 'is no name that is written here: left out');
      continue;
    }
    const deployment = litellmDeployment(entry, path, draft, vendors);
    if (deployment === undefined) continue;
    const stars = starsOf(name, deployment.model);
    if (stars !== undefined) {
      draft.note(path, `${stars}: left out`);
      continue;
    }
    const group = groups.get(name);
    const timeouts = timeoutsOf([fieldOf(entry, 'litellm_params')]);
    if (group !== undefined && (group.timeouts === undefined) !== (timeouts === undefined))
      draft.note(path, `a timeout that not all deployments of '${name}' have is left out`);
    groups.set(name, {
      deployments: withDeployment(group?.deployments ?? [], deployment, path, draft),
      timeouts: group === undefined ? timeouts : longest(group.timeouts, timeouts),
    });
  }
  return groups;
}

/** What is wrong with the place of a `*`, which Tollgate has at the end of a name, and once in a model. */
function starsOf(name: string, model: string): string | undefined {
  if (model.includes('*') && !name.includes('*')) return `has a *, and '${name}' has none`;
  if (name.slice(0, -1).includes('*')) return `'${name}' has a * before its end`;
  return model.indexOf('*') === model.lastIndexOf('*') ? undefined : `'${model}' has more than one *`;
}

/** One that is there already has no second entry, and gets the tags of both. */
function withDeployment(
  group: readonly DeploymentDraft[],
  added: DeploymentDraft,
  path: string,
  draft: Draft,
): readonly DeploymentDraft[] {
  const twin = group.find(({ provider, model }) => provider === added.provider && model === added.model);
  if (twin === undefined) return [...group, added];
  draft.note(path, 'is the same deployment as one before it: only its tags are kept');
  const tags = [...new Set([...textsOf(twin.tags), ...textsOf(added.tags)])];
  return tags.length === 0 ? group : group.map((one) => (one === twin ? { ...one, tags } : one));
}

function strategyOf(sections: readonly Section[], draft: Draft): string {
  for (const section of sections) {
    const written = textAt(section.value, 'routing_strategy');
    if (written === undefined) continue;
    const strategy = STRATEGIES.get(written);
    if (strategy !== undefined) return strategy;
    draft.note(pathIn(section, 'routing_strategy'), `'${written}' has no counterpart: weighted takes its place`);
  }
  return 'weighted';
}

interface Making {
  readonly strategy: string;
  readonly fallbacks: FallbacksDraft | undefined;
  readonly models: Map<string, unknown>;
  readonly draft: Draft;
}

/** Deployments of more than one order, some of them alike, are a model for each order: one goes on with the next. */
function addModel(name: string, group: Group, making: Making): void {
  const { strategy, fallbacks, models, draft } = making;
  const tiers = tiersOf(group.deployments);
  const [first = [], ...rest] = tiers;
  const isList = tiers.length === group.deployments.length;
  if (isList || tiers.length === 1 || name.includes('*')) {
    if (!isList && tiers.length > 1)
      draft.note('model_list', `deployments of '${name}' with one order are tried as they are listed`);
    const ordered = tiers.length === 1 ? first.map(withoutOrder) : inOrder(tiers);
    models.set(name, toModel({ ...group, deployments: ordered }, tiers.length === 1 ? strategy : undefined, fallbacks));
    return;
  }
  const names = rest.map((_, place) => freeName(`${name}-order-${place + 2}`, models));
  const toTier = (tier: readonly DeploymentDraft[], further: FallbacksDraft | undefined) =>
    toModel({ ...group, deployments: tier.map(withoutOrder) }, strategy, further);
  models.set(name, toTier(first, withFirst(names, fallbacks)));
  for (const [place, tier] of rest.entries()) models.set(names[place] ?? name, toTier(tier, undefined));
}

function freeName(wanted: string, models: ReadonlyMap<string, unknown>): string {
  return models.has(wanted) ? freeName(`${wanted}-more`, models) : wanted;
}

function withFirst(names: readonly string[], fallbacks: FallbacksDraft | undefined): FallbacksDraft {
  if (fallbacks === undefined || Array.isArray(fallbacks)) return [...names, ...textsOf(fallbacks)];
  return { ...fallbacks, default: [...names, ...textsOf(fieldOf(fallbacks, 'default'))] };
}

function toModel({ deployments, timeouts }: Group, strategy: string | undefined, fallbacks: FallbacksDraft | undefined): unknown {
  const routed = deployments.length > 1 && strategy !== undefined;
  const written = (routed && strategy === 'weighted' ? weighed(deployments) : deployments).map(shortened);
  if (!routed && fallbacks === undefined && timeouts === undefined) return written;
  return { ...(routed && { strategy }), deployments: written, ...(fallbacks && { fallbacks }), ...(timeouts && { timeouts }) };
}

/** LiteLLM's shuffle goes by weight, else by rpm, else by tpm (https://docs.litellm.ai/docs/routing). */
function weighed(deployments: readonly DeploymentDraft[]): DeploymentDraft[] {
  const by = ['weight', 'rpm', 'tpm'].find((field) => deployments.some((deployment) => deployment[field] !== undefined));
  if (by === undefined || by === 'weight') return [...deployments];
  return deployments.map((deployment) => ({ ...deployment, weight: deployment[by] ?? 0 }));
}

function shortened(deployment: DeploymentDraft): string | DeploymentDraft {
  return Object.keys(deployment).length === 2 ? `${deployment.provider}/${deployment.model}` : deployment;
}

const LISTS = [
  ['fallbacks', 'default'],
  ['context_window_fallbacks', 'contextWindow'],
  ['content_policy_fallbacks', 'contentFilter'],
] as const;

/** A Router's list takes the place of the one in `litellm_settings`; `*` and `default_fallbacks` are for models without a list. */
function fallbacksOf(
  sections: readonly Section[],
  groups: ReadonlyMap<string, unknown>,
  aliases: ReadonlyMap<string, string>,
  draft: Draft,
): FallbackGraph {
  const graph = new FallbackGraph(new Set(groups.keys()), aliases, draft);
  for (const [setting, kind] of LISTS) {
    const section = sections.find(({ value }) => fieldOf(value, setting) !== undefined);
    if (section === undefined) continue;
    const path = pathIn(section, setting);
    const written = fieldOf(section.value, setting);
    const pairs = itemsOf(written).flatMap(entriesOf);
    if (pairs.length === 0 && !isNothing(written)) draft.note(path, 'is no list of models and their fallbacks: left out');
    for (const [name, targets] of pairs) if (name !== '*') graph.add(name, kind, listOf(targets), path);
    for (const [name, targets] of pairs) if (name === '*') graph.addToOthers(kind, listOf(targets), path);
  }
  const section = sections.find(({ value }) => fieldOf(value, 'default_fallbacks') !== undefined);
  if (section !== undefined) {
    const path = pathIn(section, 'default_fallbacks');
    graph.addToOthers('default', listOf(fieldOf(section.value, 'default_fallbacks')), path);
  }
  return graph;
}

function isNothing(written: unknown): boolean {
  return written === null || (Array.isArray(written) && written.length === 0);
}

function listOf(targets: unknown): readonly unknown[] {
  return targets === null || targets === undefined ? [] : Array.isArray(targets) ? targets : [targets];
}

interface Alias {
  readonly alias: string;
  readonly target: string;
  readonly isHidden: boolean;
  readonly path: string;
}

function aliasesOf(sections: readonly Section[]): Alias[] {
  return sections.flatMap((section) =>
    entriesOf(fieldOf(section.value, 'model_group_alias')).map(([alias, written]) => ({
      alias,
      target: typeof written === 'string' ? written : (textAt(written, 'model') ?? ''),
      isHidden: fieldOf(written, 'hidden') === true,
      path: `${pathIn(section, 'model_group_alias')}.${alias}`,
    })),
  );
}

/** LiteLLM repeats so often in each group of models; the attempts of a call are counted over all of them here. */
function retryOf(retries: number | undefined, longestFallbacks: number): ModelsDraft['retry'] {
  if (retries === undefined || retries < 0) return undefined;
  const attempts = Math.min(Math.floor(retries) + 1, 100);
  return { attemptsPerDeployment: attempts, maxAttempts: Math.min(attempts * (1 + longestFallbacks), 100) };
}
