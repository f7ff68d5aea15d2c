import { entriesOf, fieldOf, itemsOf } from '../../config/containers.ts';
import type { Draft, Imported } from './draft.ts';
import { numberAt, textAt } from './litellm-account.ts';
import { modelOf, portkeyTarget, type TargetDraft } from './portkey-target.ts';

/** A config of Portkey. Its form by https://portkey.ai/docs/api-reference/inference-api/config-object. */
export function importPortkey(source: object, draft: Draft, name: string): Imported {
  const file = inSnakeCase(source);
  const models = new Map<string, unknown>();
  // A config whose targets name no model hands on the name that a call asks for.
  const model = targetsIn(file).some((target) => modelOf(target) === undefined) ? '*' : name;
  if (model === '*' && name !== 'default')
    draft.note('targets', 'a target without override_params.model takes any name: the model is *');
  addModel(model, file, '', { draft, models });
  const attempts = numberAt(fieldOf(file, 'retry'), 'attempts');
  const cache = fieldOf(file, 'cache');
  const timeoutMs = numberAt(file, 'request_timeout');
  return {
    config: {
      providers: draft.providers,
      models: Object.fromEntries(models),
      ...(attempts !== undefined && { retry: { attemptsPerDeployment: Math.min(attempts + 1, 100) } }),
      ...(timeoutMs !== undefined && { timeouts: { totalMs: timeoutMs } }),
      ...(cache !== undefined && { cache: cacheOf(cache, draft) }),
    },
    notes: draft.notes,
  };
}

/** As its JSON is written; clients in JavaScript take the same names as `overrideParams`. What a model is given stays as it is. */
function inSnakeCase(value: unknown): object {
  const named = entriesOf(value).map(([written, item]): [string, unknown] => {
    const name = written.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    if (name === 'targets') return [name, itemsOf(item).map(inSnakeCase)];
    return [name, name === 'strategy' || name === 'retry' || name === 'cache' ? inSnakeCase(item) : item];
  });
  return Object.fromEntries(named);
}

function cacheOf(cache: unknown, draft: Draft): object {
  const seconds = numberAt(cache, 'max_age');
  if (seconds === undefined) draft.note('cache', 'names no max_age: answers are kept for an hour, choose your own ttl');
  if (textAt(cache, 'mode') === 'semantic')
    draft.note('cache.mode', 'semantic needs a model for embeddings: exact takes its place');
  return { ttl: seconds === undefined ? '1h' : `${seconds}s` };
}

function targetsIn(node: unknown): unknown[] {
  const targets = itemsOf(fieldOf(node, 'targets'));
  return targets.length === 0 ? [node] : targets.flatMap(targetsIn);
}

interface Making {
  readonly draft: Draft;
  readonly models: Map<string, unknown>;
}

function addModel(name: string, node: unknown, path: string, making: Making): void {
  const { draft, models } = making;
  const targets = itemsOf(fieldOf(node, 'targets'));
  const [first, ...rest] = targets.length === 0 ? [node] : targets;
  if (targets.length > 0) noteRest(node, path, draft);
  const mode = textAt(fieldOf(node, 'strategy'), 'mode');
  if (mode === 'conditional') draft.note(`${path}strategy`, 'conditions have no counterpart: the targets are tried in order');
  const isWeighted = mode === 'loadbalance';
  const goesOn = !isWeighted && !isGroup(first) && rest.length > 0 && rest.every(isGroup);
  if (!goesOn && targets.some(isGroup))
    draft.note(`${path}targets`, `groups inside this list are taken apart: their deployments ${isWeighted ? SHARED : ALIKE}`);
  const tried = goesOn ? [first] : [first, ...rest];
  const at = (place: number) => (targets.length === 0 ? path : `${path}targets[${place}].`);
  const shareOf = (target: unknown) => (isWeighted && isGroup(target) ? weightOf(target) : undefined);
  const all = tried.flatMap((target, place) => deploymentsOf(target, at(place), draft, shareOf(target)));
  const deployments = withoutTwins(all, `${path}targets`, draft).map(shortened);
  const groups = goesOn ? rest : [];
  const fallbacks = groups.map((_, place) => (name === '*' ? `group-${place + 2}/*` : `${name}-${place + 2}`));
  for (const [place, nested] of fallbacks.entries()) addModel(nested, groups[place], at(place + 1), making);
  if (deployments.length === 0) return;
  const strategy = isWeighted && { strategy: 'weighted' };
  const isPlain = !isWeighted && fallbacks.length === 0;
  models.set(name, isPlain ? deployments : { ...strategy, deployments, ...(fallbacks.length > 0 && { fallbacks }) });
}

const SHARED = 'share the weight of their group';
const ALIKE = 'are tried as if they stood here';

function weightOf(target: unknown): number {
  return numberAt(target, 'weight') ?? 1;
}

/** The part of a group's weight for each of its targets: in proportion, or all for the first if the others are to follow it. */
function sharesOf(group: unknown, share: number): number[] {
  const targets = itemsOf(fieldOf(group, 'targets'));
  if (textAt(fieldOf(group, 'strategy'), 'mode') !== 'loadbalance') return targets.map((_, place) => (place === 0 ? share : 0));
  const sum = targets.reduce((total: number, target) => total + weightOf(target), 0);
  return targets.map((target) => (sum === 0 ? 0 : Number(((share * weightOf(target)) / sum).toPrecision(12))));
}

function isGroup(target: unknown): boolean {
  return fieldOf(target, 'targets') !== undefined;
}

/** Of a target, or of all that are in a group. `share`: what weight they have in place of their own. */
function deploymentsOf(target: unknown, path: string, draft: Draft, share: number | undefined): TargetDraft[] {
  noteRest(target, path, draft);
  if (isGroup(target)) {
    const shares = share === undefined ? [] : sharesOf(target, share);
    const targets = itemsOf(fieldOf(target, 'targets'));
    return targets.flatMap((one, place) => deploymentsOf(one, `${path}targets[${place}].`, draft, shares[place]));
  }
  const made = portkeyTarget(target, path, draft);
  if (made === undefined || share === undefined) return made === undefined ? [] : [made];
  const { provider, model, weight: _, ...others } = made;
  return [{ provider, model, ...(share !== 1 && { weight: share }), ...others }];
}

/** One that is there already has no second entry, and gets the weight of both. */
function withoutTwins(deployments: readonly TargetDraft[], path: string, draft: Draft): TargetDraft[] {
  const kept = new Map<string, TargetDraft>();
  for (const deployment of deployments) {
    const id = JSON.stringify([deployment.provider, deployment.model]);
    const twin = kept.get(id);
    if (twin === undefined) kept.set(id, deployment);
    else {
      draft.note(path, `has ${deployment.provider}/${deployment.model} twice: they are one deployment with the weight of both`);
      const weight = (numberAt(twin, 'weight') ?? 1) + (numberAt(deployment, 'weight') ?? 1);
      if ('weight' in twin || 'weight' in deployment) kept.set(id, { ...twin, weight });
    }
  }
  return [...kept.values()];
}

function shortened(deployment: TargetDraft): string | TargetDraft {
  return Object.keys(deployment).length === 2 ? `${deployment.provider}/${deployment.model}` : deployment;
}

const READ: ReadonlySet<string> = new Set([
  'strategy',
  'targets',
  'provider',
  'virtual_key',
  'api_key',
  'override_params',
  'weight',
  'custom_host',
  'resource_name',
  'azure_resource_name',
  'deployment_id',
  'api_version',
  'azure_api_version',
  'aws_region',
  'vertex_region',
  'vertex_project_id',
  'prompt_id',
]);
const READ_AT_TOP: ReadonlySet<string> = new Set(['retry', 'cache', 'request_timeout']);

function noteRest(node: unknown, path: string, draft: Draft): void {
  for (const [name] of entriesOf(node)) {
    if (READ.has(name) || (path === '' && READ_AT_TOP.has(name))) continue;
    draft.note(
      `${path}${name}`,
      READ_AT_TOP.has(name)
        ? 'is set for all models here, at the top of the configuration'
        : (adviceOn(name) ?? 'has no counterpart'),
    );
  }
  if (fieldOf(fieldOf(node, 'strategy'), 'on_status_codes') !== undefined) {
    draft.note(`${path}strategy.on_status_codes`, 'what follows a failure is decided by its kind, not by its status');
  }
  if (path === '' && fieldOf(fieldOf(node, 'retry'), 'on_status_codes') !== undefined)
    draft.note('retry.on_status_codes', 'what is tried again is decided by its kind, not by its status');
}

function adviceOn(name: string): string | undefined {
  if (/^aws_|^vertex_service_account/.test(name))
    return 'credentials of clouds come from the environment of the process, or from apiKey as a function';
  return /guardrails$|^(?:before|after)_request_hooks$/.test(name) ? 'see guards in the configuration' : undefined;
}
