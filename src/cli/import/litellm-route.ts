import { typeByOtherName } from '../../config/other-names.ts';
import type { VendorFacts } from '../../core/vendor-facts.ts';

/** What a model's name says in LiteLLM: the vendor's type, its model, and what stands between the two. */
export interface Route {
  /** Undefined if the name tells no vendor. */
  readonly type: string | undefined;
  readonly model: string;
  readonly region?: string;
  /** Variables that LiteLLM reads if the file gives no key or address, and that Tollgate would not. */
  readonly keyVariable?: string | undefined;
  readonly addressVariable?: string | undefined;
}

/** A name that Tollgate has nothing for, and why. */
export interface LeftOut {
  readonly leftOut: string;
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
  ['azure_ai', 'azure'],
  ['text-completion-openai', 'openai'],
  ['litellm_proxy', 'litellm'],
  ['xinference', 'openai-compatible'],
  ['jina_ai', 'jina'],
  ['featherless_ai', 'featherless'],
  ['xiaomi_mimo', 'xiaomi'],
]);

/** Names without a prefix, by how those of a vendor begin. */
const TYPES_BY_START: readonly (readonly [RegExp, string])[] = [
  [/^(?:gpt-|o\d|chatgpt-|text-embedding-|dall-e|whisper|tts-|ft:)/, 'openai'],
  [/^claude/, 'anthropic'],
  [/^(?:command|embed-|rerank-)/, 'cohere'],
  [/^gemini/, 'vertex'],
];

/** Variables by the examples of each provider's page at https://docs.litellm.ai/docs/providers. */
const KEY_VARIABLES: ReadonlyMap<string, string> = new Map([
  ['together_ai', 'TOGETHERAI_API_KEY'],
  ['fireworks_ai', 'FIREWORKS_AI_API_KEY'],
  ['vercel_ai_gateway', 'VERCEL_AI_GATEWAY_API_KEY'],
  ['amazon_nova', 'AMAZON_NOVA_API_KEY'],
  ['xiaomi_mimo', 'XIAOMI_MIMO_API_KEY'],
  ['jina_ai', 'JINA_AI_API_KEY'],
  ['featherless_ai', 'FEATHERLESS_AI_API_KEY'],
  ['azure_ai', 'AZURE_AI_API_KEY'],
]);

const ADDRESS_VARIABLES: ReadonlyMap<string, string> = new Map([
  ['azure', 'AZURE_API_BASE'],
  ['azure_ai', 'AZURE_AI_API_BASE'],
]);

/** What stands between a prefix and the model, and says only how LiteLLM calls it. */
const WAYS: ReadonlyMap<string, RegExp> = new Map([
  ['bedrock', /^(?:converse\/|invoke\/|[a-z]\w*\/(?=arn:))/],
  ['azure', /^(?:o_series|gpt5_series|responses|model_router)\//],
  ['openai', /^responses\//],
]);

/** What is no model of the vendor's that Tollgate's type reaches. */
const OTHERS: ReadonlyMap<string, RegExp> = new Map([
  ['bedrock', /^(?:agent|agentcore|mantle|converse_like|async_invoke)\//],
  ['azure', /^(?:speech|agents|doc-intelligence)\//],
  ['vertex', /^(?!(?:gemini|claude|text-embedding-|textembedding-|text-multilingual-embedding-|imagen)|endpoints\/|\*)/],
]);

export function routeOf(written: string, stated: string | undefined, vendors: ReadonlyMap<string, VendorFacts>): Route | LeftOut {
  const slash = written.indexOf('/');
  const prefix = stated ?? (slash > 0 ? written.slice(0, slash) : '');
  // A subscription of ChatGPT and no API, though the name is another one of OpenAI's type.
  if (prefix === 'chatgpt') return { leftOut: 'is a subscription of ChatGPT, which has no API' };
  const type = typeOf(prefix, vendors);
  if (type === undefined) return { type: TYPES_BY_START.find(([start]) => start.test(written))?.[1], model: written };
  const model = written.startsWith(`${prefix}/`) ? written.slice(prefix.length + 1) : written;
  const variables = { keyVariable: KEY_VARIABLES.get(prefix), addressVariable: ADDRESS_VARIABLES.get(prefix) };
  // Azure has Claude on Anthropic's wire (https://docs.litellm.ai/docs/providers/azure/azure_anthropic).
  if (type === 'azure' && model.startsWith('claude')) return { type: 'anthropic', model, ...variables };
  if (OTHERS.get(type)?.test(model)) return { leftOut: `'${model}' is none that Tollgate's type '${type}' reaches` };
  if (type === 'bedrock') return bedrockRoute(model);
  // The number of an endpoint with a tuned Gemini (https://docs.litellm.ai/docs/providers/vertex).
  if (type === 'vertex') return { type, model: model.replace(/^gemini\/(?=\d+$)/, 'endpoints/'), ...variables };
  return { type, model: model.replace(WAYS.get(type) ?? '', ''), ...variables };
}

/** A region, and a commitment that was bought there, may come first: `bedrock/us-east-1/6-month-commitment/<model>`. */
function bedrockRoute(written: string): Route {
  const [place = '', region] = /^([a-z]{2}(?:-[a-z]+)+-\d)\/(?:\d-month-commitment\/)?/.exec(written) ?? [];
  const model = written.slice(place.length).replace(WAYS.get('bedrock') ?? '', '');
  return { type: 'bedrock', model, ...(region !== undefined && { region }) };
}

/** The type of a prefix of LiteLLM's. */
export function typeOf(prefix: string, vendors: ReadonlyMap<string, VendorFacts>): string | undefined {
  const written = prefix.replaceAll('_', '-');
  return TYPES_BY_PREFIX.get(prefix) ?? typeByOtherName(prefix) ?? (vendors.has(written) ? written : undefined);
}
