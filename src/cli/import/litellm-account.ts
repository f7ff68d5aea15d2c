import { fieldOf } from '../../config/containers.ts';
import { typeByOtherName } from '../../config/other-names.ts';
import type { VendorFacts } from '../../core/vendor-facts.ts';
import type { Account, Draft } from './draft.ts';
import { mergeHeaders, safeAddress, safeHeaders } from './safe-values.ts';

/** A deployment's account and its model there; undefined if the vendor is none that Tollgate has. */
export interface Target {
  readonly account: Account;
  readonly model: string;
}

/** Prefixes of LiteLLM that are no other name of a type (https://docs.litellm.ai/docs/providers). */
const TYPES_BY_PREFIX: ReadonlyMap<string, string> = new Map([
  ['vertex_ai', 'vertex'],
  ['vertex_ai_beta', 'vertex'],
  ['cohere_chat', 'cohere'],
  ['ollama_chat', 'ollama'],
  ['hosted_vllm', 'vllm'],
  ['friendliai', 'friendli'],
  ['github', 'github-models'],
  ['vercel_ai_gateway', 'vercel'],
  ['bedrock_converse', 'bedrock'],
  ['azure_text', 'azure'],
  ['text-completion-openai', 'openai'],
  ['litellm_proxy', 'litellm'],
  ['xinference', 'openai-compatible'],
  ['azure_ai', 'openai-compatible'],
]);

/** Names without a prefix, by how those of a vendor begin. */
const TYPES_BY_START: readonly (readonly [RegExp, string])[] = [
  [/^(?:gpt-|o\d|chatgpt-|text-embedding-|dall-e|whisper|tts-|ft:)/, 'openai'],
  [/^claude/, 'anthropic'],
  [/^(?:command|embed-|rerank-)/, 'cohere'],
  [/^gemini/, 'vertex'],
];

export function targetOf(
  params: unknown,
  path: string,
  draft: Draft,
  vendors: ReadonlyMap<string, VendorFacts>,
): Target | undefined {
  const written = textAt(params, 'model');
  if (written === undefined) return undefined;
  const baseURL = textAt(params, 'api_base') ?? textAt(params, 'base_url');
  const split = splitModel(written, textAt(params, 'custom_llm_provider'), vendors);
  const type = split.type === 'openai' ? typeAt(baseURL, vendors) : split.type;
  if (type === undefined && baseURL === undefined) return undefined;
  const known = type ?? 'openai-compatible';
  if (type === undefined)
    draft.note(`${path}.model`, `'${written}' has no prefix that is known: taken for OpenAI's wire at its api_base`);
  const keyAt = textAt(params, 'api_key');
  const address = safeAddress(baseURL, known, `${path}.${textAt(params, 'api_base') ? 'api_base' : 'base_url'}`, draft);
  const headers = safeHeaders(fieldOf(params, 'extra_headers'), known, `${path}.extra_headers`, draft);
  const account: Account = {
    type: known,
    apiKey: draft.keyOf(keyAt, known, `${path}.api_key`),
    baseURL: isAt(vendors.get(known), address.baseURL) ? undefined : address.baseURL,
    region: textAt(params, 'aws_region_name') ?? textAt(params, 'vertex_location'),
    project: textAt(params, 'vertex_project'),
    apiVersion: textAt(params, 'api_version'),
    organization: textAt(params, 'organization'),
    headers: mergeHeaders(address.headers, headers),
  };
  return { account, model: split.model };
}

/** Whoever's address it is; `openai/` before a model says no more than that OpenAI's wire is spoken there. */
function typeAt(baseURL: string | undefined, vendors: ReadonlyMap<string, VendorFacts>): string {
  if (baseURL === undefined) return 'openai';
  const own = [...vendors.values()].find((facts) => facts.needsKey && isAt(facts, baseURL));
  return own?.type ?? 'openai-compatible';
}

function isAt(facts: VendorFacts | undefined, baseURL: string | undefined): boolean {
  return facts?.baseURL !== undefined && facts.baseURL === baseURL?.replace(/\/+$/, '');
}

function splitModel(written: string, stated: string | undefined, vendors: ReadonlyMap<string, VendorFacts>) {
  const slash = written.indexOf('/');
  const prefix = stated ?? (slash > 0 ? written.slice(0, slash) : '');
  const type = TYPES_BY_PREFIX.get(prefix) ?? typeByOtherName(prefix) ?? (vendors.has(prefix) ? prefix : undefined);
  if (type === undefined) return { type: TYPES_BY_START.find(([start]) => start.test(written))?.[1], model: written };
  const model = written.startsWith(`${prefix}/`) ? written.slice(prefix.length + 1) : written;
  // How LiteLLM calls Bedrock stands between: bedrock/converse/<model>.
  return { type, model: type === 'bedrock' ? model.replace(/^(?:converse|invoke)\//, '') : model };
}

export function textAt(value: unknown, name: string): string | undefined {
  const text = fieldOf(value, name);
  return typeof text === 'string' && text !== '' ? text : undefined;
}

export function numberAt(value: unknown, name: string): number | undefined {
  const number = fieldOf(value, name);
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
