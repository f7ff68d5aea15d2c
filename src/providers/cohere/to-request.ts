import type { ChatParams, FunctionTool } from '../../core/chat.ts';
import { positiveLimit } from '../chat/positive-limit.ts';
import { listOfMessages } from '../chat/read-message.ts';
import { readChatParams } from '../chat/read-params.ts';
import { NO_NATIVE_FORMS } from '../chat/read-tools.ts';
import type { UpstreamRequest } from '../provider.ts';
import { RequestInvalid } from '../request-invalid.ts';
import type { WireRequest } from '../wire.ts';
import { toEmbedRequest, unsupportedInEmbeddings } from './embeddings.ts';
import { toMessages } from './messages.ts';
import { cohereModel } from './models.ts';
import { type Plan, plan, thinking } from './plan.ts';
import { COHERE_FIELDS, unsupportedInChat } from './unsupported.ts';
import type { ChatRequest, CohereTool } from './wire-types.ts';

/** A call as Cohere's request. Throws `RequestInvalid` for what the wire cannot express. */
export function toRequest(request: UpstreamRequest): WireRequest {
  const { operation, params, upstreamModel, stream } = request;
  if (operation === 'embeddings') {
    refuseFirst(unsupportedInEmbeddings({ ...params, model: upstreamModel }), upstreamModel);
    return { method: 'POST', path: '/v2/embed', body: toEmbedRequest(params, upstreamModel), answer: 'whole' };
  }
  const chat = readChatParams(params, NO_NATIVE_FORMS);
  listOfMessages(chat.messages);
  refuseFirst(unsupportedInChat(chat, cohereModel(upstreamModel)), upstreamModel);
  const body = toChatRequest(chat, upstreamModel, stream);
  return { method: 'POST', path: '/v2/chat', body, answer: stream ? 'server-sent-events' : 'whole' };
}

/** Names of the params that can't be honoured for this request; throws if they are malformed. */
export function unsupported(request: Pick<UpstreamRequest, 'operation' | 'upstreamModel' | 'params'>): string[] {
  if (request.operation === 'embeddings') {
    return unsupportedInEmbeddings({ ...request.params, model: request.upstreamModel });
  }
  return unsupportedInChat(readChatParams(request.params, NO_NATIVE_FORMS), cohereModel(request.upstreamModel));
}

function refuseFirst([name]: readonly string[], upstreamModel: string): void {
  if (name !== undefined) throw new RequestInvalid(name, `nothing that ${upstreamModel} at Cohere can't honour`);
}

function toChatRequest(params: ChatParams, upstreamModel: string, stream: boolean): ChatRequest {
  const model = cohereModel(upstreamModel);
  const planned = plan(params, model);
  if (planned.tools.length === 0 && wantsTools(params)) throw new RequestInvalid('tool_choice', 'tools to choose from');
  const body: ChatRequest = { model: upstreamModel, messages: toMessages(params.messages), stream };
  addTools(planned, body);
  addSampling(params, body);
  const thought = thinking(params, model);
  if (thought) body.thinking = thought;
  for (const name of COHERE_FIELDS) {
    const value = params[name];
    if (value !== undefined && value !== null) Object.assign(body, { [name]: value });
  }
  return body;
}

function wantsTools({ tool_choice: choice }: ChatParams): boolean {
  return choice === 'required' || (typeof choice === 'object' && choice !== null);
}

function addTools({ tools, choice, responseFormat, jsonTool }: Plan, body: ChatRequest): void {
  if (responseFormat) body.response_format = responseFormat;
  if (tools.length === 0) return;
  body.tools = tools.map(toTool);
  if (jsonTool) {
    const { name, description, schema: parameters } = jsonTool;
    body.tools.push({ type: 'function', function: { name, description, parameters } });
  }
  if (choice) body.tool_choice = choice;
  if (tools.every(isStrict)) body.strict_tools = true;
}

function toTool({ function: { name, description, parameters } }: FunctionTool): CohereTool {
  return {
    type: 'function',
    function: { name, ...(description ? { description } : {}), parameters: parameters ?? { type: 'object', properties: {} } },
  };
}

/** Cohere is strict about all tools or none, and wants a required parameter of each then. */
function isStrict({ function: { strict, parameters } }: FunctionTool): boolean {
  return strict === true && Array.isArray(parameters?.required) && parameters.required.length > 0;
}

function addSampling(params: ChatParams, body: ChatRequest): void {
  const maxTokens = positiveLimit(params);
  if (maxTokens != null) body.max_tokens = maxTokens;
  if (params.temperature != null) body.temperature = params.temperature;
  // Cohere takes 0.01 to 0.99.
  if (params.top_p != null) body.p = Math.min(0.99, Math.max(0.01, params.top_p));
  if (params.top_k != null) body.k = params.top_k;
  const stop = typeof params.stop === 'string' ? [params.stop] : params.stop;
  if (stop?.length) body.stop_sequences = stop;
  if (params.seed != null) body.seed = params.seed;
  if (params.frequency_penalty) body.frequency_penalty = params.frequency_penalty;
  if (params.presence_penalty) body.presence_penalty = params.presence_penalty;
  if (params.logprobs) body.logprobs = true;
}
