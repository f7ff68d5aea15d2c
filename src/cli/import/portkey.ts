import { entriesOf, fieldOf, itemsOf } from '../../config/containers.ts';
import { typeByOtherName } from '../../config/other-names.ts';
import { vendorFacts } from '../../gateway/composition/provider-types.ts';
import type { Draft, Imported } from './draft.ts';
import { numberAt, textAt } from './litellm-account.ts';
import { safeAddress } from './safe-values.ts';

/** A config of Portkey. Its form by https://portkey.ai/docs/api-reference/inference-api/config-object. */
export function importPortkey(file: object, draft: Draft, name: string): Imported {
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

function modelOf(target: unknown): string | undefined {
  return textAt(fieldOf(target, 'override_params'), 'model');
}

interface Making {
  readonly draft: Draft;
  readonly models: Map<string, unknown>;
}

function addModel(name: string, node: unknown, path: string, making: Making): void {
  const mode = textAt(fieldOf(node, 'strategy'), 'mode') ?? 'single';
  const targets = itemsOf(fieldOf(node, 'targets'));
  const at = (place: number) => `${path}targets[${place}]`;
  noteRest(node, path, making.draft);
  if (targets.length === 0) {
    making.models.set(name, [deploymentOf(node, path, making.draft)]);
    return;
  }
  if (mode === 'conditional')
    making.draft.note(`${path}strategy`, 'conditions have no counterpart: the targets are tried in order');
  const isWeighted = mode === 'loadbalance';
  const entries = targets.map((target, place) => {
    if (fieldOf(target, 'targets') === undefined)
      return { nested: false, entry: deploymentOf(target, `${at(place)}.`, making.draft) };
    const nested = name === '*' ? `group-${place + 1}/*` : `${name}-${place + 1}`;
    addModel(nested, target, `${at(place)}.`, making);
    return { nested: true, entry: nested };
  });
  for (const target of targets.filter((each) => fieldOf(each, 'targets') === undefined))
    noteRest(target, `${at(targets.indexOf(target))}.`, making.draft);
  const [first, ...rest] = entries;
  const goesOn = !isWeighted && rest.some(({ nested }) => nested);
  if (!isWeighted && first !== undefined && goesOn && rest.every(({ nested }) => nested)) {
    making.models.set(name, { deployments: [first.entry], fallbacks: rest.map(({ entry }) => entry) });
    return;
  }
  if (entries.some(({ nested }) => nested)) {
    making.draft.note(
      `${path}targets`,
      'groups inside this list are taken apart: their deployments are tried as if they stood here',
    );
  }
  const deployments = entries.map(({ entry }) => entry);
  making.models.set(name, isWeighted ? { strategy: 'weighted', deployments } : deployments);
}

/** Portkey's slugs that are no other name of a type. */
const TYPES: ReadonlyMap<string, string> = new Map([['vertex-ai', 'vertex']]);

function deploymentOf(target: unknown, path: string, draft: Draft): object | string {
  const slug = (textAt(target, 'provider') ?? textAt(target, 'virtual_key') ?? 'openai').replace(/^@/, '');
  const known = TYPES.get(slug) ?? typeByOtherName(slug) ?? (vendorFacts().has(slug) ? slug : undefined);
  const type = known ?? typeAtStart(slug) ?? 'openai-compatible';
  const host = textAt(target, 'custom_host');
  if (known === undefined)
    draft.note(`${path}provider`, `'${slug}' lives in Portkey's vault: taken for type ${type}, see its key and address`);
  const resource = textAt(target, 'resource_name') ?? textAt(target, 'azure_resource_name');
  const address = safeAddress(host, type, `${path}custom_host`, draft);
  const provider = draft.providerFor({
    type,
    apiKey: draft.keyOf(textAt(target, 'api_key'), type, `${path}api_key`),
    baseURL: address.baseURL ?? (resource === undefined ? undefined : `https://${resource}.openai.azure.com`),
    headers: address.headers,
    apiVersion: textAt(target, 'api_version') ?? textAt(target, 'azure_api_version'),
    region: textAt(target, 'aws_region') ?? textAt(target, 'vertex_region'),
    project: textAt(target, 'vertex_project_id'),
  });
  const { model = textAt(target, 'deployment_id') ?? '*', ...params } = Object.fromEntries(
    entriesOf(fieldOf(target, 'override_params')),
  );
  const weight = numberAt(target, 'weight');
  const options = { ...(weight !== undefined && { weight }), ...(Object.keys(params).length > 0 && { params }) };
  if (Object.keys(options).length === 0) return `${provider}/${String(model)}`;
  return { provider, model: String(model), ...options };
}

/** As in `openai-prod`; of `google-openai-x` the longer name is meant. */
function typeAtStart(slug: string): string | undefined {
  const begun = [...vendorFacts().keys()].filter((name) => slug.startsWith(`${name}-`));
  return begun.sort((a, b) => b.length - a.length)[0];
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
]);
const READ_AT_TOP: ReadonlySet<string> = new Set(['retry', 'cache', 'request_timeout']);

function noteRest(node: unknown, path: string, draft: Draft): void {
  for (const [name] of entriesOf(node)) {
    if (READ.has(name) || (path === '' && READ_AT_TOP.has(name))) continue;
    draft.note(
      `${path}${name}`,
      READ_AT_TOP.has(name) ? 'is set for all models here, at the top of the configuration' : 'has no counterpart',
    );
  }
  if (fieldOf(fieldOf(node, 'strategy'), 'on_status_codes') !== undefined) {
    draft.note(`${path}strategy.on_status_codes`, 'what follows a failure is decided by its kind, not by its status');
  }
}
