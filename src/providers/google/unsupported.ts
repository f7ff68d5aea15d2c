import type { ChatParams } from '../../core/chat.ts';
import { addLackingParts } from '../chat/lacking-parts.ts';
import { acceptsPenalties, toStopSequences } from './generation-config.ts';
import type { GeminiModel } from './model.ts';
import { lackingPart } from './parts.ts';
import { toOpenApiSchema } from './schema.ts';
import { toThinkingConfig } from './thinking.ts';
import { functionsOf, isKnownFunction, isKnownTool } from './tools.ts';

/** Names of the chat params that this model on this platform can't honour. Of read params. */
export function unsupportedChatParams(params: ChatParams, model: GeminiModel): string[] {
  const names = new Set<string>();
  for (const [name, value] of Object.entries(params)) {
    if (value === null || value === undefined) continue;
    const isHonoured = HONOURED.get(name);
    if (isHonoured === undefined || !isHonoured(value, model, params)) names.add(name);
  }
  addLackingParts(params.messages, lackingPart, names);
  return [...names];
}

type Judgement = (value: unknown, model: GeminiModel, params: ChatParams) => boolean;

const always: Judgement = () => true;
const onVertex: Judgement = (_, model) => model.platform === 'vertex';
const asPenalty: Judgement = (value, model) => value === 0 || acceptsPenalties(model);

// Choices of other kinds of tools than functions have no counterpart.
const KINDS_OF_CHOICE: ReadonlySet<string> = new Set(['function', 'allowed_tools']);

// `stop` and `n`: Google's documentation of GenerationConfig has at most 5 stop sequences and 8 candidates.
const MOST_STOP_SEQUENCES = 5;
const MOST_CANDIDATES = 8;

const HONOURED: ReadonlyMap<string, Judgement> = new Map<string, Judgement>([
  ...['model', 'messages', 'stream', 'stream_options', 'max_tokens', 'max_completion_tokens'].map(whatever),
  ...['temperature', 'top_p', 'top_k', 'seed', 'function_call'].map(whatever),
  ['tool_choice', (_, __, { tool_choice: choice }) => typeof choice !== 'object' || KINDS_OF_CHOICE.has(choice.type)],
  // Hints that change no answer.
  ...['store', 'metadata', 'user', 'prompt_cache_key', 'prompt_cache_options', 'prompt_cache_retention'].map(whatever),
  ...['safety_identifier', 'prediction', 'cache_control'].map(whatever),
  // The wire's own fields.
  ...['generationConfig', 'safetySettings', 'toolConfig', 'continuationToken'].map(whatever),
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
  ['tools', (_, model, { tools }) => tools?.every((tool) => isKnownTool(tool, model)) ?? true],
  ['functions', (_, model, { functions }) => functions?.every((definition) => isKnownFunction(definition, model)) ?? true],
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
  return toOpenApiSchema(format.json_schema.schema, 'answer') !== undefined;
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
  return params.messages.some((message) => message?.role === 'system' || message?.role === 'developer');
}
