import { APIError, type OpenAI } from 'openai';
import { attachRecord } from '../../pipeline/record/route-of.ts';
import type { Answer } from '../../pipeline/run.ts';
import { checkedTimeout } from '../clones/bind-options.ts';
import type { Binding } from '../clones/clone-client.ts';
import { clientCacheWish } from './cache-wish.ts';
import { addressOf } from './client-address.ts';
import { CallAnswer, type ClientAnswer, type ItemForm, localAnswer } from './client-answer.ts';
import { modelObject, modelsPage, passesModelsThrough } from './models-endpoint.ts';
import { operationOf } from './operations.ts';
import { readHeaders } from './read-headers.ts';
import { toBody } from './to-body.ts';
import { toResponse } from './to-response.ts';

/** A request of OpenAI's client as a call, and its answer as the client wants it. */
export async function answerClient(
  client: OpenAI,
  binding: Binding,
  pending: Parameters<OpenAI['request']>[0],
): Promise<ClientAnswer> {
  const { core } = binding;
  const options = 'method' in pending ? pending : await pending;
  const method = options.method === 'post' ? 'POST' : options.method.toUpperCase();
  const caller = binding.caller ?? core.ambientCaller.getStore();
  const { path, query } = addressOf(binding, options.path, options.query, client);
  if (operationOf(method, path) === 'models' && !passesModelsThrough(core, path)) {
    const name = path.slice('/models/'.length);
    return localAnswer(name === '' ? modelsPage(core, caller) : modelObject(core, name, caller), path);
  }
  const body = toBody(options, core.snapshot.plan);
  const headers = readHeaders(binding.defaultHeaders, options.headers);
  const answer = await core.call(
    {
      method,
      path: query === '' ? path : `${path}?${query}`,
      query: query === '' ? undefined : query,
      body: body instanceof Promise ? await body : body,
      stream: options.stream === true,
      asBytes: options.__binaryResponse === true,
      run: binding.run,
      headers,
      cache: clientCacheWish((options as { cache?: unknown }).cache, headers),
      signal: options.signal,
      timeoutMs: checkedTimeout(options.timeout) ?? binding.timeoutMs,
      maxRetries: options.maxRetries ?? binding.maxRetries,
    },
    caller,
  );
  if (answer.status >= 300) throw await statusError(answer);
  return new CallAnswer(answer, options.__binaryResponse === true, path, options.body, itemFormOf(options));
}

/** The form in which OpenAI's client is asked for the events of a stream that has names beside its data. */
function itemFormOf(options: Pick<StreamOptions, '__streamMode' | '__synthesizeEventData'>): ItemForm {
  if (options.__synthesizeEventData === true) return 'named';
  return options.__streamMode === 'events' ? 'data' : 'usual';
}

/** What the client's own resources set beside the options that callers have. */
type StreamOptions = Awaited<Parameters<OpenAI['request']>[0]>;

/** What OpenAI's client throws for an answer that is neither a success nor an error of the provider's: not modified, say. */
async function statusError(answer: Answer): Promise<APIError> {
  const { status, headers, body } = toResponse(answer);
  const text = await new Response(body).text();
  const json = parsed(text);
  const error = APIError.generate(status, json as object | undefined, json === undefined ? text : undefined, headers);
  attachRecord(error, answer.record);
  return error;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
