import { fieldOf } from '../../config/containers.ts';
import type { VendorFacts } from '../../core/vendor-facts.ts';
import type { Account, Draft } from './draft.ts';
import { type LeftOut, routeOf } from './litellm-route.ts';
import { mergeHeaders, safeAddress, safeHeaders } from './safe-values.ts';

/** A deployment's account and its model there; undefined if the vendor is none that Tollgate has. */
export interface Target {
  readonly account: Account;
  readonly model: string;
}

/** Where LiteLLM reads an address; the last one is that of Bedrock. */
const ADDRESSES = ['api_base', 'base_url', 'aws_bedrock_runtime_endpoint'];

/** Undefined if nothing tells the vendor; `leftOut` says why another one is none of Tollgate's. */
export function targetOf(
  params: unknown,
  path: string,
  draft: Draft,
  vendors: ReadonlyMap<string, VendorFacts>,
): Target | LeftOut | undefined {
  const written = textAt(params, 'model');
  if (written === undefined) return undefined;
  const route = routeOf(written, textAt(params, 'custom_llm_provider'), vendors);
  if ('leftOut' in route) return route;
  const field = ADDRESSES.find((name) => textAt(params, name) !== undefined) ?? 'api_base';
  const given = textAt(params, field);
  const baseURL = given ?? (route.addressVariable && `\${${route.addressVariable}}`);
  const type = route.type === 'openai' ? typeAt(baseURL, vendors) : route.type;
  if (type === undefined && baseURL === undefined) return undefined;
  const known = type === undefined || (type === 'azure' && SERVERLESS.test(baseURL ?? '')) ? 'openai-compatible' : type;
  if (type === undefined)
    draft.note(`${path}.model`, `'${written}' has no prefix that is known: taken for OpenAI's wire at its api_base`);
  const keyAt = textAt(params, 'api_key') ?? (route.keyVariable && `\${${route.keyVariable}}`);
  const address = safeAddress(baseURL, known, `${path}.${field}`, draft);
  const headers = safeHeaders(fieldOf(params, 'extra_headers'), known, `${path}.extra_headers`, draft);
  const root = rootFor(known, address.baseURL);
  const account: Account = {
    type: known,
    apiKey: draft.keyOf(keyAt, known, `${path}.api_key`),
    baseURL: isAt(vendors.get(known), root) ? undefined : root,
    region:
      route.region ??
      textAt(params, 'aws_region_name') ??
      textAt(params, 'vertex_location') ??
      textAt(params, 'vertex_ai_location'),
    project: textAt(params, 'vertex_project') ?? textAt(params, 'vertex_ai_project'),
    apiVersion: known === 'anthropic' ? undefined : textAt(params, 'api_version'),
    organization: textAt(params, 'organization'),
    headers: mergeHeaders(address.headers, headers),
  };
  return { account, model: route.model };
}

/** Models of Azure that have an address of their own speak OpenAI's wire there, with the key as a bearer's token. */
const SERVERLESS = /\.(?:models|inference)\.ai\.azure\.com(?:\/|$)/;

/**
 * An address as Tollgate writes it. LiteLLM asks Ollama by an API of its own at the root, and gives paths to Anthropic's
 * and Azure's serverless addresses itself.
 */
function rootFor(type: string, address: string | undefined): string | undefined {
  if (address === undefined || !URL.canParse(address)) return address;
  if (type === 'anthropic') return address.replace(/\/v1(?:\/messages)?\/*$/, '');
  const isBare = new URL(address).pathname === '/';
  return isBare && (type === 'ollama' || SERVERLESS.test(address)) ? `${address.replace(/\/+$/, '')}/v1` : address;
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

export function textAt(value: unknown, name: string): string | undefined {
  const text = fieldOf(value, name);
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/** A number; LiteLLM takes one in quotes as well. */
export function numberAt(value: unknown, name: string): number | undefined {
  const written = fieldOf(value, name);
  const number = typeof written === 'string' && /^\s*[\d.]/.test(written) ? Number(written) : written;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
