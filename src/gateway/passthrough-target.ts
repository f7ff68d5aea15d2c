import type { BatchFile } from '../core/batch-file.ts';
import { closestNames } from '../core/closest-name.ts';
import type { OperationCost } from '../core/operation.ts';
import type { Params } from '../core/params.ts';
import { plainPath } from '../core/plain-path.ts';
import type { Plan } from '../core/plan.ts';
import { UnknownModelError } from '../errors/unknown-model-error.ts';
import { UnsupportedOperationError } from '../errors/unsupported-operation-error.ts';
import type { Found } from '../ledger/ledger.ts';
import { costOfPath } from '../ledger/operation-cost.ts';
import { isObject } from './doors/copy-params.ts';
import { checkPassthroughPath, isEndpoint } from './doors/operations.ts';
import type { GatewayRequest } from './gateway-request.ts';

/** Where a request that is handed through goes, and what it may cost. */
export interface PassthroughTarget {
  /** What budgets and reports count it under. */
  readonly model: string;
  /** The name whose deployments can serve it. */
  readonly servedBy: string;
  readonly cost: OperationCost;
  readonly batch: BatchFile | undefined;
  /** Where the body names its model; undefined if it does not go to one. */
  readonly modelAt?: 'body' | 'session' | undefined;
}

/**
 * A request that names a model goes where that model is, as every other call does; one that names none, to a provider:
 * the one that a header names, the one that is known to have what the path names, else the default. `found`: what is
 * known of that. Throws `InvalidParamsError`, `UnknownModelError`, `UnsupportedOperationError`.
 */
export function passthroughTarget(
  { method, headers }: GatewayRequest,
  path: string,
  params: Params,
  found: Found | undefined,
  plan: Plan,
): PassthroughTarget {
  checkPassthroughPath(method, path);
  const plain = plainPath(path);
  const named = method === 'GET' || OF_ANOTHER_MODEL.test(plain) ? undefined : (modelIn(params) ?? DEFAULT_MODELS.get(plain));
  const modelAt = named === undefined ? undefined : (params.model ?? undefined) === undefined ? 'session' : 'body';
  const cost = makesVectorStore(params) ? 'unpriced' : costOfPath(method, plain, named !== undefined);
  if (headers.provider === undefined && named !== undefined)
    return { model: named, servedBy: named, cost, batch: undefined, modelAt };
  const known = found !== undefined && plan.providers.has(found.provider) ? found.provider : undefined;
  const provider = providerOf(headers.provider ?? known ?? plan.defaultProvider, path, plan);
  if (named !== undefined) {
    const model = named.startsWith(`${provider}/`) ? named : `${provider}/${named}`;
    return { model, servedBy: model, cost, batch: undefined, modelAt };
  }
  const place = `${provider}/${path.split('/')[1]}`;
  if (found?.kind === 'file' && plain === '/batches') return ofBatch(found.file, provider, place);
  if (found?.kind === 'work' && found.begun !== undefined && cost !== 'free') {
    const model = `${provider}/${found.begun.upstreamModel}`;
    return { model, servedBy: model, cost: found.begun.cost, batch: undefined };
  }
  return { model: place, servedBy: place, cost, batch: undefined };
}

/** What a batch or a run that goes on asks its models for is known by what they name; a `model` beside that says nothing. */
const OF_ANOTHER_MODEL = /^\/(?:batches|threads\/[^/]+\/runs\/[^/]+\/submit_tool_outputs)$/;

/** An assistant or a thread may bring files that make a vector store, which is billed by its size and time. */
function makesVectorStore({ tool_resources: resources, thread }: Params): boolean {
  const stores = fieldOf(fieldOf(resources, 'file_search'), 'vector_stores');
  if (Array.isArray(stores) && stores.length > 0) return true;
  return isObject(thread) && makesVectorStore(thread);
}

function fieldOf(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

/** A batch of one model counts as a call of it, wherever its requests are sent. */
function ofBatch(batch: BatchFile, provider: string, place: string): PassthroughTarget {
  const [only, second] = batch.models;
  const model = only !== undefined && second === undefined ? `${provider}/${only.upstreamModel}` : place;
  return { model, servedBy: place, cost: 'metered', batch };
}

/** The model that a body names: by itself, or for the session that it sets up. */
function modelIn({ model, session }: Params): string | undefined {
  const named = model ?? (typeof session === 'object' && session !== null ? (session as Params).model : undefined);
  return typeof named === 'string' && named !== '' ? named : undefined;
}

// Where OpenAI's endpoint takes one that the request leaves out (https://platform.openai.com/docs/api-reference/videos/create).
const DEFAULT_MODELS: ReadonlyMap<string, string> = new Map([['/videos', 'sora-2']]);

function providerOf(provider: string | undefined, path: string, plan: Plan): string {
  if (provider === undefined) {
    throw new UnsupportedOperationError(path, "it names no model: name a provider in the header 'x-tollgate-provider'");
  }
  if (plan.providers.has(provider)) return provider;
  throw new UnknownModelError(`${provider}/*`, closestNames(provider, plan.providers.keys(), 3));
}

/** Something at a provider that a request names by its id, and that the gateway may have seen before. */
export interface Lookup {
  readonly id: string;
  readonly provider: string | undefined;
}

const WORK_PATH =
  /^\/(?:(?:responses|batches|videos|fine_tuning\/jobs)|threads\/[\w-]+\/runs|evals\/[\w-]+\/runs)\/(?<id>[\w-]+)(?<rest>\/.*)?$/;

/**
 * What is to be looked up before a request can be sent: the input file of a batch, whose lines tell its cost; the run
 * that goes on, whose model it is; and if there are several providers, which of them has what the path names.
 */
export function lookupOf(request: GatewayRequest, plan: Plan): Lookup | undefined {
  const { method, path, headers } = request;
  const plain = path.split('?', 1)[0] ?? path;
  if (isEndpoint(method, plain)) return plain === '/responses' ? earlierOf(request, plan) : undefined;
  if (method === 'POST' && plain === '/batches') {
    const id = inputFileOf(request.body);
    return id === undefined ? undefined : { id, provider: headers.provider ?? only(plan) };
  }
  const { id, rest } = WORK_PATH.exec(plain)?.groups ?? {};
  if (id === undefined) return undefined;
  // An operation beside the things, not one of them.
  if (method === 'POST' && rest === undefined) return undefined;
  const isNeeded = method === 'POST' && rest === '/submit_tool_outputs';
  if (!isNeeded && (headers.provider !== undefined || plan.providers.size === 1)) return undefined;
  return { id, provider: headers.provider ?? only(plan) };
}

/** The response that a new one without a model goes on from. */
function earlierOf({ body, headers }: GatewayRequest, plan: Plan): Lookup | undefined {
  if (plan.providers.size === 1 || headers.provider !== undefined || !isObject(body)) return undefined;
  const { model, previous_response_id: id } = body;
  return (model ?? undefined) === undefined && typeof id === 'string' ? { id, provider: undefined } : undefined;
}

function only({ providers }: Plan): string | undefined {
  return providers.size === 1 ? providers.keys().next().value : undefined;
}

function inputFileOf(body: unknown): string | undefined {
  const id = typeof body === 'object' && body !== null ? (body as { input_file_id?: unknown }).input_file_id : undefined;
  return typeof id === 'string' ? id : undefined;
}
