import { entriesOf, fieldOf, textsOf } from '../../config/containers.ts';
import type { TokenPrices } from '../../core/deployment.ts';
import type { VendorFacts } from '../../core/vendor-facts.ts';
import type { Draft } from './draft.ts';
import { numberAt, targetOf } from './litellm-account.ts';

/** A deployment as Tollgate's configuration has it. */
export type DeploymentDraft = { readonly provider: string; readonly model: string } & Readonly<Record<string, unknown>>;

/** Params of OpenAI's API that a deployment may set for its calls. */
const PARAMS: ReadonlySet<string> = new Set([
  'temperature',
  'top_p',
  'max_tokens',
  'max_completion_tokens',
  'seed',
  'stop',
  'frequency_penalty',
  'presence_penalty',
  'reasoning_effort',
  'service_tier',
  'response_format',
  'dimensions',
]);

/** What is read elsewhere, or says nothing beyond LiteLLM. */
const READ: ReadonlySet<string> = new Set([
  'model',
  'api_key',
  'api_base',
  'base_url',
  'api_version',
  'organization',
  'custom_llm_provider',
  'extra_headers',
  'aws_region_name',
  'aws_bedrock_runtime_endpoint',
  'vertex_location',
  'vertex_project',
  'vertex_ai_location',
  'vertex_ai_project',
  'rpm',
  'tpm',
  'weight',
  'order',
  'tags',
  'max_parallel_requests',
  'input_cost_per_token',
  'output_cost_per_token',
  'cache_read_input_token_cost',
  'cache_creation_input_token_cost',
  'timeout',
  'stream_timeout',
]);

/** Those of them that are numbers. */
const NUMBERS: ReadonlySet<string> = new Set([
  'rpm',
  'tpm',
  'weight',
  'order',
  'max_parallel_requests',
  'input_cost_per_token',
  'output_cost_per_token',
  'cache_read_input_token_cost',
  'cache_creation_input_token_cost',
  'timeout',
  'stream_timeout',
]);

/** One entry of `model_list`; undefined, with a note, if it cannot be carried over. */
export function litellmDeployment(
  entry: unknown,
  path: string,
  draft: Draft,
  vendors: ReadonlyMap<string, VendorFacts>,
): DeploymentDraft | undefined {
  const params = fieldOf(entry, 'litellm_params');
  const at = `${path}.litellm_params`;
  const target = targetOf(params, at, draft, vendors);
  if (target === undefined) {
    draft.note(`${at}.model`, 'its vendor has no type in Tollgate: left out; with an api_base it can be openai-compatible');
    return undefined;
  }
  if ('leftOut' in target) {
    draft.note(`${at}.model`, `${target.leftOut}: left out`);
    return undefined;
  }
  if (target.model === '') {
    draft.note(`${at}.model`, 'names no model behind its vendor: left out');
    return undefined;
  }
  noteUnread(params, at, draft);
  noteInfo(entry, path, draft);
  noteHalfPrice(params, at, draft);
  noteHalfPrice(fieldOf(entry, 'model_info'), `${path}.model_info`, draft);
  const tags = textsOf(fieldOf(params, 'tags'));
  const defaults = entriesOf(params).filter(([name]) => PARAMS.has(name));
  const limit = (name: string, isRight: (value: number) => boolean) => rightNumber(params, name, isRight, at, draft);
  const facts = {
    provider: draft.providerFor(target.account),
    model: target.model,
    rpm: limit('rpm', isCount) ?? countBeside(entry, 'rpm', path, draft),
    tpm: limit('tpm', isCount) ?? countBeside(entry, 'tpm', path, draft),
    weight: limit('weight', (weight) => weight >= 0),
    priority: limit('order', Number.isSafeInteger) ?? orderBeside(entry, path, draft),
    maxConcurrent: limit('max_parallel_requests', isCount),
    price: priceOf(params, at, draft) ?? priceOf(fieldOf(entry, 'model_info'), `${path}.model_info`, draft),
    params: defaults.length === 0 ? undefined : Object.fromEntries(defaults),
    tags: tags.length === 0 ? undefined : tags,
  };
  const given = Object.entries(facts).filter(([, value]) => value !== undefined);
  return { provider: facts.provider, model: facts.model, ...Object.fromEntries(given) };
}

/** LiteLLM reads limits beside the params too. */
function countBeside(entry: unknown, name: string, path: string, draft: Draft): number | undefined {
  return rightNumber(entry, name, isCount, path, draft);
}

function orderBeside(entry: unknown, path: string, draft: Draft): number | undefined {
  return rightNumber(fieldOf(entry, 'model_info'), 'order', Number.isSafeInteger, `${path}.model_info`, draft);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

/** A number that Tollgate takes; any other is left out, with a note. */
function rightNumber(
  source: unknown,
  name: string,
  isRight: (value: number) => boolean,
  path: string,
  draft: Draft,
): number | undefined {
  const value = numberAt(source, name);
  if (value === undefined || isRight(value)) return value;
  draft.note(`${path}.${name}`, `${value} is none that can be set here: left out`);
  return undefined;
}

const MILLION = 1_000_000;

function priceOf(source: unknown, path: string, draft: Draft): TokenPrices | undefined {
  const [input, output, cacheRead, cacheWrite] = [
    'input_cost_per_token',
    'output_cost_per_token',
    'cache_read_input_token_cost',
    'cache_creation_input_token_cost',
  ].map((name) => perMillion(rightNumber(source, name, isPrice, path, draft)));
  if (input === undefined || output === undefined) return undefined;
  return { input, output, ...(cacheRead !== undefined && { cacheRead }), ...(cacheWrite !== undefined && { cacheWrite }) };
}

/** What a token may cost. */
function isPrice(perToken: number): boolean {
  return perToken === 0 || (perToken >= 1e-12 && perToken <= 1);
}

function noteHalfPrice(params: unknown, path: string, draft: Draft): void {
  const [input, output] = ['input_cost_per_token', 'output_cost_per_token'].map((name) => numberAt(params, name));
  if ((input === undefined) === (output === undefined)) return;
  const [given, missing] = input === undefined ? ['output', 'input'] : ['input', 'output'];
  draft.note(
    `${path}.${given}_cost_per_token`,
    `says nothing without ${missing}_cost_per_token: the price list is asked for both`,
  );
}

/** Without the last digits of a product of binary fractions. */
function perMillion(perToken: number | undefined): number | undefined {
  return perToken === undefined ? undefined : Number((perToken * MILLION).toPrecision(12));
}

function noteUnread(params: unknown, path: string, draft: Draft): void {
  for (const [name, value] of entriesOf(params)) {
    if (PARAMS.has(name) || value === null) continue;
    if (READ.has(name)) {
      const isNumber = !NUMBERS.has(name) || numberAt(params, name) !== undefined;
      if (!isNumber) draft.note(`${path}.${name}`, 'is no number that is written here: left out');
      if (name === 'organization' && typeof value !== 'string')
        draft.note(`${path}.${name}`, 'is no single name: left out; give each organization a provider of its own');
    } else if (/^aws_|^(?:tenant_id|client_id|client_secret)$|azure_ad|vertex_credentials|credential/.test(name)) {
      draft.note(
        `${path}.${name}`,
        'credentials of clouds come from the environment of the process, or from apiKey as a function',
      );
    } else draft.note(`${path}.${name}`, ADVICE.get(name) ?? 'has no counterpart');
  }
}

const ADVICE: ReadonlyMap<string, string> = new Map([
  ['max_budget', 'a budget counts by model, provider or caller, not by deployment: see budgets'],
  ['budget_duration', 'goes with max_budget'],
  ['thinking', 'set reasoning_effort in params'],
]);

const READ_BESIDE: ReadonlySet<string> = new Set(['model_name', 'litellm_params', 'model_info', 'rpm', 'tpm']);

/** Who may use a model. */
const OF_CALLERS: ReadonlySet<string> = new Set(['access_groups', 'team_id', 'team_public_model_name']);

/** What decides which deployment can take a call. */
const OF_WINDOWS: ReadonlySet<string> = new Set(['max_input_tokens']);

/** What an entry says of its model is for people and lists, except for these. */
function noteInfo(entry: unknown, path: string, draft: Draft): void {
  for (const [name] of entriesOf(entry)) if (!READ_BESIDE.has(name)) draft.note(`${path}.${name}`, 'has no counterpart');
  for (const [name] of entriesOf(fieldOf(entry, 'model_info'))) {
    const at = `${path}.model_info.${name}`;
    if (name === 'base_model') draft.note(at, "tells whose price applies: check tells if the deployment's own has none");
    else if (OF_CALLERS.has(name)) draft.note(at, 'see access.rules');
    else if (OF_WINDOWS.has(name)) draft.note(at, 'see contextWindow and capabilities of a deployment');
    else if (name === 'supported_environments' || name === 'blocked') draft.note(at, 'has no counterpart');
    else if (/_cost(?:_|$)|_cost_per_/.test(name) && !READ.has(name)) draft.note(at, 'has no counterpart');
  }
}
