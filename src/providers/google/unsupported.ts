import type { ChatParams } from '../../core/chat.ts';
import type { Params } from '../../core/params.ts';
import { acceptsPenalties, toStopSequences } from './generation-config.ts';
import type { GeminiModel } from './model.ts';
import { isAddress } from './parts.ts';
import { toOpenApiSchema } from './schema.ts';
import { toThinkingConfig } from './thinking.ts';
import { functionsOf, isKnownFunction, isKnownTool } from './tools.ts';

/** Names of the chat params that this model on this platform can't honour. */
export function unsupportedChatParams(given: Params, model: GeminiModel): string[] {
  const params = given as ChatParams;
  const names: string[] = [];
  for (const [name, value] of Object.entries(params)) {
    if (value === null || value === undefined) continue;
    const isHonoured = HONOURED.get(name);
    if (isHonoured === undefined || !isHonoured(value, model, params)) names.push(name);
  }
  if (hasForeignFile(params.messages)) names.push('file_id');
  return names;
}

type Judgement = (value: unknown, model: GeminiModel, params: ChatParams) => boolean;

const always: Judgement = () => true;
const onVertex: Judgement = (_, model) => model.platform === 'vertex';
const asPenalty: Judgement = (value, model) => value === 0 || acceptsPenalties(model);

// `stop` and `n`: Google's documentation of GenerationConfig has at most 5 stop sequences and 8 candidates.
const MOST_STOP_SEQUENCES = 5;
const MOST_CANDIDATES = 8;

const HONOURED: ReadonlyMap<string, Judgement> = new Map<string, Judgement>([
  ...['model', 'messages', 'stream', 'stream_options', 'max_tokens', 'max_completion_tokens'].map(whatever),
  ...['temperature', 'top_p', 'top_k', 'seed', 'tool_choice', 'function_call'].map(whatever),
  // Hints that change no answer.
  ...['store', 'metadata', 'user', 'prompt_cache_key', 'prompt_cache_options', 'prompt_cache_retention'].map(whatever),
  ...['safety_identifier', 'prediction', 'cache_control'].map(whatever),
  // The wire's own fields.
  ...['generationConfig', 'safetySettings', 'toolConfig'].map(whatever),
  ['labels', onVertex],
  ['cachedContent', (_, __, params) => !hasWhatTheCacheHolds(params)],
  ['stop', (stop) => toStopSequences(stop).length <= MOST_STOP_SEQUENCES],
  ['n', (n, model) => n === 1 || takesCandidates(n, model)],
  ['frequency_penalty', asPenalty],
  ['presence_penalty', asPenalty],
  ['logprobs', (value, model) => value === false || model.platform === 'vertex'],
  ['top_logprobs', (value, model) => value === 0 || model.platform === 'vertex'],
  ['logit_bias', (bias) => typeof bias === 'object' && bias !== null && Object.keys(bias).length === 0],
  ['parallel_tool_calls', (value, _, params) => value !== false || functionsOf(params).length === 0],
  ['tools', (tools, model) => Array.isArray(tools) && tools.every((tool) => isKnownTool(tool, model))],
  ['functions', (list, model) => Array.isArray(list) && list.every((definition) => isKnownFunction(definition, model))],
  ['reasoning_effort', (effort, model) => toThinkingConfig(effort, model) !== undefined],
  ['response_format', (_, model, params) => takesFormat(params, model)],
  ['modalities', (modalities, model) => takesModalities(modalities, model)],
  ['service_tier', (tier, model) => takesServiceTier(tier, model)],
  ['verbosity', (verbosity) => verbosity === 'medium'],
]);

function whatever(name: string): [string, Judgement] {
  return [name, always];
}

/** The Gemini API refuses several candidates from Gemini 3 on, image models everywhere. */
function takesCandidates(n: unknown, { platform, generation, makesImages }: GeminiModel): boolean {
  if (typeof n !== 'number' || n < 1 || n > MOST_CANDIDATES || makesImages) return false;
  return platform === 'vertex' || generation < 3;
}

/** JSON output beside functions exists from Gemini 3 on; recursive schemas can't be said before 2.5. */
function takesFormat(params: ChatParams, { generation }: GeminiModel): boolean {
  const format = params.response_format;
  if (format?.type === 'text') return true;
  if (format?.type !== 'json_object' && format?.type !== 'json_schema') return false;
  if (generation < 3 && functionsOf(params).length > 0) return false;
  if (format.type === 'json_object' || generation >= 2.5 || !format.json_schema?.schema) return true;
  return toOpenApiSchema(format.json_schema.schema) !== undefined;
}

function takesModalities(modalities: unknown, { makesImages }: GeminiModel): boolean {
  if (!Array.isArray(modalities)) return false;
  return modalities.every((modality) => modality === 'text' || (modality === 'image' && makesImages));
}

function takesServiceTier(tier: unknown, { platform }: GeminiModel): boolean {
  if (tier === 'auto' || tier === 'default') return true;
  return platform === 'gemini-api' && (tier === 'flex' || tier === 'priority');
}

/** A cache holds the instruction and the tools; a request that names one may have neither. */
function hasWhatTheCacheHolds(params: ChatParams): boolean {
  if (functionsOf(params).length > 0) return true;
  if (!Array.isArray(params.messages)) return false;
  return params.messages.some((message) => message?.role === 'system' || message?.role === 'developer');
}

function hasForeignFile(messages: unknown): boolean {
  if (!Array.isArray(messages)) return false;
  return messages.some((message) => Array.isArray(message?.content) && message.content.some(isForeignFile));
}

function isForeignFile(part: unknown): boolean {
  if (typeof part !== 'object' || part === null || !('file' in part)) return false;
  const { file } = part;
  if (typeof file !== 'object' || file === null || ('file_data' in file && file.file_data)) return false;
  return 'file_id' in file && typeof file.file_id === 'string' && !isAddress(file.file_id);
}
