import type { ChatParams } from '../../core/chat.ts';
import { isCount } from '../../core/output-limit.ts';
import { positiveLimit } from '../chat/positive-limit.ts';
import type { GeminiModel } from './model.ts';
import { toOpenApiSchema } from './schema.ts';
import { toThinkingConfig } from './thinking.ts';
import type { GeminiGenerationConfig } from './wire-types.ts';

/** Sampling, format and thinking; the caller's own `generationConfig` wins field by field, but for a limit that is no count. */
export function toGenerationConfig(params: ChatParams, model: GeminiModel): GeminiGenerationConfig {
  const config: GeminiGenerationConfig = {};
  const maxOutputTokens = positiveLimit(params);
  if (maxOutputTokens != null) config.maxOutputTokens = maxOutputTokens;
  if (params.temperature != null) config.temperature = params.temperature;
  if (params.top_p != null) config.topP = params.top_p;
  if (params.top_k != null) config.topK = params.top_k;
  if (params.seed != null) config.seed = params.seed;
  if (params.n != null && params.n !== 1) config.candidateCount = params.n;
  const stopSequences = toStopSequences(params.stop);
  if (stopSequences.length > 0) config.stopSequences = stopSequences;
  addPenalties(config, params, model);
  addLogprobs(config, params, model);
  addFormat(config, params, model);
  addThinking(config, params, model);
  Object.assign(config, params.generationConfig);
  if (maxOutputTokens != null && !isCount(config.maxOutputTokens || undefined)) config.maxOutputTokens = maxOutputTokens;
  return config;
}

export function toStopSequences(stop: unknown): string[] {
  const all = Array.isArray(stop) ? stop : [stop];
  return all.filter((sequence) => typeof sequence === 'string' && sequence !== '');
}

/** Whether a penalty that is not 0 is accepted: the Gemini API refuses it from 2.5 on, Vertex AI from 3 on. */
export function acceptsPenalties({ platform, generation }: GeminiModel): boolean {
  return generation < (platform === 'vertex' ? 3 : 2.5);
}

function addPenalties(config: GeminiGenerationConfig, params: ChatParams, model: GeminiModel): void {
  if (!acceptsPenalties(model)) return;
  if (params.frequency_penalty) config.frequencyPenalty = params.frequency_penalty;
  if (params.presence_penalty) config.presencePenalty = params.presence_penalty;
}

function addLogprobs(config: GeminiGenerationConfig, params: ChatParams, model: GeminiModel): void {
  if (params.logprobs !== true || model.platform !== 'vertex') return;
  config.responseLogprobs = true;
  if (params.top_logprobs) config.logprobs = params.top_logprobs;
}

function addFormat(config: GeminiGenerationConfig, params: ChatParams, model: GeminiModel): void {
  const format = params.response_format;
  if (format?.type === 'json_object' || format?.type === 'json_schema') config.responseMimeType = 'application/json';
  if (format?.type === 'json_schema' && format.json_schema?.schema) {
    const { schema } = format.json_schema;
    if (model.generation >= 2.5) config.responseJsonSchema = schema;
    else config.responseSchema = toOpenApiSchema(schema, 'answer') ?? {};
  }
  if (Array.isArray(params.modalities) && params.modalities.includes('image')) {
    config.responseModalities = params.modalities.map((modality) => (modality === 'image' ? 'IMAGE' : 'TEXT'));
  }
}

function addThinking(config: GeminiGenerationConfig, params: ChatParams, model: GeminiModel): void {
  if (params.reasoning_effort == null) return;
  const thinkingConfig = toThinkingConfig(params.reasoning_effort, model);
  if (thinkingConfig !== undefined && Object.keys(thinkingConfig).length > 0) config.thinkingConfig = thinkingConfig;
}
