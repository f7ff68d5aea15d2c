import { entriesOf, fieldOf, itemsOf, textsOf } from '../../config/containers.ts';
import type { VendorFacts } from '../../core/vendor-facts.ts';
import type { Draft } from './draft.ts';
import { FallbackGraph } from './fallback-graph.ts';
import { textAt } from './litellm-account.ts';
import { type DeploymentDraft, litellmDeployment } from './litellm-deployment.ts';
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
  const fallbacks = fallbacksOf(sections, groups, draft);
  const strategy = strategyOf(sections, draft);
  const models = new Map<string, unknown>();
  for (const [name, group] of groups) models.set(name, toModel(group, strategy, fallbacks.of(name)));
  for (const [alias, target] of aliasesOf(sections)) {
    if (groups.has(target) && !models.has(alias)) models.set(alias, models.get(target));
    else draft.note(`model_group_alias.${alias}`, `names '${target}', which is not in model_list, or a name that is`);
  }
  const retries = firstNumber(sections, ['num_retries']);
  return { models: Object.fromEntries(models), retry: retryOf(retries, fallbacks.longest) };
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
    const deployment = name === undefined ? undefined : litellmDeployment(entry, path, draft, vendors);
    if (name === undefined || deployment === undefined) continue;
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

function toModel({ deployments, timeouts }: Group, strategy: string, fallbacks: object | undefined): unknown {
  const isOrdered = deployments.some(({ priority }) => priority !== undefined);
  const routed = deployments.length > 1 && !isOrdered;
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

function fallbacksOf(sections: readonly Section[], groups: ReadonlyMap<string, unknown>, draft: Draft): FallbackGraph {
  const graph = new FallbackGraph(new Set(groups.keys()), draft);
  for (const section of sections) {
    for (const [setting, kind] of LISTS) {
      for (const pair of itemsOf(fieldOf(section.value, setting))) {
        for (const [name, targets] of entriesOf(pair)) graph.add(name, kind, itemsOf(targets), pathIn(section, setting));
      }
    }
    const everywhere = textsOf(fieldOf(section.value, 'default_fallbacks'));
    const names = everywhere.length === 0 ? [] : [...groups.keys()].filter((name) => !everywhere.includes(name));
    for (const name of names) graph.add(name, 'default', everywhere, pathIn(section, 'default_fallbacks'));
  }
  return graph;
}

function aliasesOf(sections: readonly Section[]): [string, string][] {
  return sections.flatMap(({ value }) =>
    entriesOf(fieldOf(value, 'model_group_alias')).map(([alias, target]): [string, string] => {
      return [alias, typeof target === 'string' ? target : (textAt(target, 'model') ?? '')];
    }),
  );
}

/** LiteLLM repeats so often in each group of models; the attempts of a call are counted over all of them here. */
function retryOf(retries: number | undefined, longestFallbacks: number): ModelsDraft['retry'] {
  if (retries === undefined || retries < 0) return undefined;
  const attempts = Math.min(Math.floor(retries) + 1, 100);
  return { attemptsPerDeployment: attempts, maxAttempts: Math.min(attempts * (1 + longestFallbacks), 100) };
}
