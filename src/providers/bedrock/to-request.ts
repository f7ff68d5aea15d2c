import type { ChatParams } from '../../core/chat.ts';
import { isRecord } from '../../core/json.ts';
import { positiveLimit } from '../chat/positive-limit.ts';
import { listOfMessages } from '../chat/read-message.ts';
import { readChatParams } from '../chat/read-params.ts';
import { NO_NATIVE_FORMS } from '../chat/read-tools.ts';
import { toolPlan } from '../chat/tool-plan.ts';
import type { UpstreamRequest } from '../provider.ts';
import { RequestInvalid } from '../request-invalid.ts';
import type { WireRequest } from '../wire.ts';
import { cacheMarks, limitCachePoints } from './cache-marks.ts';
import { Conversation } from './conversation.ts';
import { toInvokeBody, unsupportedInEmbeddings } from './embeddings.ts';
import { type BedrockModel, bedrockModel } from './models.ts';
import { readThinking, reasoning } from './reasoning.ts';
import { asItThinks } from './reasoning-blocks.ts';
import { sampling } from './sampling.ts';
import { structuredOutput } from './structured-output.ts';
import { claudeToolChoice, toToolConfig } from './tools.ts';
import { CLAUDE_FIELDS, CONVERSE_FIELDS, unsupportedInChat } from './unsupported.ts';
import type { ConverseRequest, InferenceConfig, Json, ServiceTier } from './wire-types.ts';

/** A call as Bedrock's request. Throws `RequestInvalid` for what the wire cannot express. */
export function toRequest(request: UpstreamRequest): WireRequest {
  const { operation, params, stream, upstreamModel } = request;
  const base = `/model/${modelInPath(upstreamModel)}`;
  if (operation === 'embeddings') {
    refuseFirst(unsupportedInEmbeddings(params, upstreamModel), upstreamModel);
    return { method: 'POST', path: `${base}/invoke`, body: toInvokeBody(params, upstreamModel), answer: 'whole' };
  }
  const model = bedrockModel(upstreamModel);
  const chat = readParams(params, model);
  listOfMessages(chat.messages);
  refuseFirst(unsupportedInChat(chat, model, stream), upstreamModel);
  const body = toConverseRequest(chat, model);
  if (!stream) return { method: 'POST', path: `${base}/converse`, body, answer: 'whole' };
  return { method: 'POST', path: `${base}/converse-stream`, body, answer: 'aws-events' };
}

/** Names of the params that can't be honoured for this request; throws if they are malformed. */
export function unsupported(request: Pick<UpstreamRequest, 'operation' | 'upstreamModel' | 'params' | 'stream'>): string[] {
  if (request.operation === 'embeddings') return unsupportedInEmbeddings(request.params, request.upstreamModel);
  const model = bedrockModel(request.upstreamModel);
  return unsupportedInChat(readParams(request.params, model), model, request.stream);
}

function readParams(params: UpstreamRequest['params'], model: BedrockModel): ChatParams {
  return readThinking(readChatParams(params, NO_NATIVE_FORMS), model);
}

function refuseFirst([name]: readonly string[], upstreamModel: string): void {
  if (name !== undefined) throw new RequestInvalid(name, `nothing that ${upstreamModel} on Bedrock can't honour`);
}

/** An id, an inference profile or an ARN as one segment of the path. */
function modelInPath(upstreamModel: string): string {
  if (/^\.*$/.test(upstreamModel)) throw new RequestInvalid('model', 'a model id, an inference profile or an ARN');
  return encodeURIComponent(upstreamModel);
}

function toConverseRequest(params: ChatParams, model: BedrockModel): ConverseRequest {
  const mark = cacheMarks(model);
  const plan = toolPlan(params);
  const output = structuredOutput(params, plan, model);
  const { system, messages, toolNames } = new Conversation(params.messages, asItThinks(model, params), mark);
  const toolConfig = toToolConfig(plan, output, toolNames, model, mark);
  const thought = reasoning(params, model);
  const sampled = sampling(params, model, thought.thinks);
  const fields: Record<string, Json> = { ...thought.fields };
  if (sampled.topK !== undefined && model.topK === 'top_k') fields.top_k = sampled.topK;
  if (sampled.topK !== undefined && model.topK === 'nova') fields.inferenceConfig = { topK: sampled.topK };
  const claudeChoice = claudeToolChoice(params, toolConfig, model);
  if (claudeChoice !== undefined && toolConfig) {
    fields.tool_choice = claudeChoice;
    delete toolConfig.toolChoice;
  }
  const body: ConverseRequest = { messages };
  if (system.length > 0) body.system = system;
  const inferenceConfig = toInferenceConfig(params, sampled.temperature, sampled.topP);
  if (Object.keys(inferenceConfig).length > 0) body.inferenceConfig = inferenceConfig;
  if (toolConfig) body.toolConfig = toolConfig;
  if (output.kind === 'native') body.outputConfig = { textFormat: output.textFormat };
  const tier = serviceTier(params.service_tier);
  if (tier) body.serviceTier = { type: tier };
  const metadata = toRequestMetadata(params);
  if (metadata) body.requestMetadata = metadata;
  addOwnFields(params, model, body, fields);
  if (Object.keys(fields).length > 0) body.additionalModelRequestFields = fields;
  limitCachePoints(body);
  return body;
}

function toInferenceConfig(params: ChatParams, temperature: number | undefined, topP: number | undefined): InferenceConfig {
  const config: InferenceConfig = {};
  const maxTokens = positiveLimit(params);
  if (maxTokens !== undefined) config.maxTokens = maxTokens;
  if (temperature !== undefined) config.temperature = temperature;
  if (topP !== undefined) config.topP = topP;
  const stop = typeof params.stop === 'string' ? [params.stop] : params.stop;
  const stopSequences = stop?.filter((sequence) => sequence.trim() !== '');
  if (stopSequences?.length) config.stopSequences = stopSequences;
  return config;
}

function serviceTier(tier: string | null | undefined): ServiceTier | undefined {
  return tier === 'flex' || tier === 'priority' || tier === 'reserved' ? tier : undefined;
}

// The API reference of Converse: at most 16 entries of these characters.
const METADATA_TEXT = /^[a-zA-Z0-9\s:_@$#=/+,.-]{1,256}$/;
const MOST_METADATA = 16;

/** `metadata` and `user` go to the invocation log if they fit its grammar; they are hints. */
function toRequestMetadata({ metadata, user }: ChatParams): Record<string, string> | undefined {
  const entries = Object.entries({ ...metadata, ...(user ? { user } : {}) })
    .filter(([key, value]) => METADATA_TEXT.test(key) && typeof value === 'string' && METADATA_TEXT.test(value))
    .slice(0, MOST_METADATA);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

/** Fields that the caller gave in Bedrock's or Anthropic's own names; they win over what was translated. */
function addOwnFields(params: ChatParams, model: BedrockModel, body: ConverseRequest, fields: Record<string, Json>): void {
  for (const name of CONVERSE_FIELDS) {
    const value = params[name];
    if (value === undefined || value === null) continue;
    if (name === 'additionalModelRequestFields') Object.assign(fields, value);
    else Object.assign(body, { [name]: value });
  }
  if (!model.isClaude) return;
  for (const name of CLAUDE_FIELDS) {
    const value = params[name];
    // Thinking is among the fields already, unless the history leaves no room for it.
    if (name === 'thinking' && isRecord(value)) continue;
    if (value !== undefined && value !== null) fields[name] = value as Json;
  }
}
