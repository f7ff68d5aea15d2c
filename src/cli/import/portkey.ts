import { entriesOf, fieldOf, isContainer, itemsOf } from '../../config/containers.ts';
import type { Draft, Imported } from './draft.ts';
import { numberAt, textAt } from './litellm-account.ts';
import { modelOf, portkeyTarget, type TargetDraft } from './portkey-target.ts';
import { inSnakeCase, unconditional, withInherited } from './portkey-tree.ts';

/** A config of Portkey. Its form by https://portkey.ai/docs/api-reference/inference-api/config-object. */
export function importPortkey(source: object, draft: Draft, name: string): Imported {
  const file = withInherited(inSnakeCase(source), '', draft);
  const models = new Map<string, unknown>();
  // A config whose targets name no model hands on the name that a call asks for.
  const model = targetsIn(file).some((target) => modelOf(target) === undefined) ? '*' : name;
  if (model === '*' && name !== 'default')
    draft.note('targets', 'a target without override_params.model takes any name: the model is *');
  addModel(model, file, '', { draft, models });
  const attempts = attemptsOf(fieldOf(file, 'retry'), draft);
  const cache = fieldOf(file, 'cache');
  const timeoutMs = timeoutOf(file, draft);
  return {
    config: {
      providers: draft.providers,
      models: Object.fromEntries(models),
      ...(attempts !== undefined && { retry: { attemptsPerDeployment: attempts } }),
      ...(timeoutMs !== undefined && { timeouts: { totalMs: timeoutMs } }),
      ...(isContainer(cache) && { cache: cacheOf(cache, draft) }),
    },
    notes: draft.notes,
  };
}

function timeoutOf(file: object, draft: Draft): number | undefined {
  const timeoutMs = numberAt(file, 'request_timeout');
  if (timeoutMs !== undefined && timeoutMs > 0) return Math.max(1, Math.round(timeoutMs));
  if (fieldOf(file, 'request_timeout') !== undefined) draft.note('request_timeout', 'is no number of milliseconds: left out');
  return undefined;
}

function attemptsOf(retry: unknown, draft: Draft): number | undefined {
  const attempts = numberAt(retry, 'attempts');
  for (const [name] of entriesOf(retry))
    if (name !== 'attempts' && name !== 'on_status_codes')
      draft.note(`retry.${name}`, name === 'use_retry_after_header' ? 'is always so, up to 60 s' : 'has no counterpart');
  if (attempts !== undefined && Number.isInteger(attempts) && attempts >= 0) return Math.min(attempts + 1, 100);
  if (retry !== undefined && retry !== null) draft.note('retry.attempts', 'is no number of attempts: left out');
  return undefined;
}

function cacheOf(cache: unknown, draft: Draft): object {
  const written = numberAt(cache, 'max_age');
  const seconds = written !== undefined && written > 0 ? written : undefined;
  if (seconds === undefined) draft.note('cache', 'names no max_age: answers are kept for an hour, choose your own ttl');
  for (const [name] of entriesOf(cache))
    if (name !== 'mode' && name !== 'max_age') draft.note(`cache.${name}`, 'has no counterpart');
  if (textAt(cache, 'mode') === 'semantic')
    draft.note('cache.mode', 'semantic needs a model for embeddings: exact takes its place');
  if (seconds === undefined) return { ttl: '1h' };
  return { ttl: Number.isInteger(seconds) ? `${seconds}s` : Math.max(1, Math.round(seconds * 1000)) };
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
  if (mode === 'conditional' && targets.length > 0) {
    addConditional(name, node, path, making);
    return;
  }
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

/** The target without a condition takes the name; each other one is a model that a call may ask for. */
function addConditional(name: string, node: unknown, path: string, making: Making): void {
  const chosen = unconditional(node);
  const ends = name.endsWith('*') ? '/*' : '';
  for (const [place, target] of itemsOf(fieldOf(node, 'targets')).entries()) {
    const at = `${path}targets[${place}].`;
    const own = textAt(target, 'name') ?? `${place + 1}`;
    const nested = ends === '' ? `${name}-${own}` : `${own}${ends}`;
    addModel(place === chosen ? name : nested, target, at, making);
    if (place !== chosen)
      making.draft.note(
        `${path}strategy.conditions`,
        `have no counterpart: ask for the model '${nested}' in the cases of '${own}'`,
      );
  }
}

const SHARED = 'share the weight of their group';
const ALIKE = 'are tried as if they stood here';

function weightOf(target: unknown): number {
  return numberAt(target, 'weight') ?? 1;
}

/** The part of a group's weight for each of its targets: in proportion, or all for the first if the others are to follow it. */
function sharesOf(group: unknown, share: number): number[] {
  const targets = itemsOf(fieldOf(group, 'targets'));
  const mode = textAt(fieldOf(group, 'strategy'), 'mode');
  const first = mode === 'conditional' ? unconditional(group) : 0;
  if (mode !== 'loadbalance') return targets.map((_, place) => (place === first ? share : 0));
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
    if (textAt(fieldOf(target, 'strategy'), 'mode') === 'conditional')
      draft.note(`${path}strategy.conditions`, 'have no counterpart: only the target that default names has a weight');
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
  'name',
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
  'workers_ai_account_id',
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
  noteStrategy(fieldOf(node, 'strategy'), `${path}strategy`, draft);
  if (fieldOf(fieldOf(node, 'strategy'), 'on_status_codes') !== undefined) {
    draft.note(`${path}strategy.on_status_codes`, 'what follows a failure is decided by its kind, not by its status');
  }
  if (path === '' && fieldOf(fieldOf(node, 'retry'), 'on_status_codes') !== undefined)
    draft.note('retry.on_status_codes', 'what is tried again is decided by its kind, not by its status');
}

const MODES: ReadonlySet<unknown> = new Set([undefined, 'single', 'fallback', 'loadbalance', 'conditional']);
const OF_STRATEGIES: ReadonlySet<string> = new Set(['mode', 'on_status_codes', 'conditions', 'default']);

function noteStrategy(strategy: unknown, path: string, draft: Draft): void {
  if (!MODES.has(fieldOf(strategy, 'mode'))) draft.note(`${path}.mode`, 'is none that is known: the targets are tried in order');
  for (const [name] of entriesOf(strategy))
    if (!OF_STRATEGIES.has(name))
      draft.note(`${path}.${name}`, name.startsWith('sticky') ? 'see affinity of a model' : 'has no counterpart');
}

function adviceOn(name: string): string | undefined {
  if (/^aws_|^vertex_service_account/.test(name))
    return 'credentials of clouds come from the environment of the process, or from apiKey as a function';
  return /guardrails$|^(?:before|after)_request_hooks$/.test(name) ? 'see guards in the configuration' : undefined;
}
