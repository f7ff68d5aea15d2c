import type { ChatParams } from '../../core/chat.ts';
import { addLackingParts } from '../chat/lacking-parts.ts';
import { isFunctionTool } from '../chat/read-tools.ts';
import { lackingPart } from './messages.ts';
import type { CohereModel } from './models.ts';
import { EFFORTS, plan } from './plan.ts';

/** Names of the chat params that Cohere, or this model of it, can't honour. Of read params. */
export function unsupportedInChat(params: ChatParams, model: CohereModel): string[] {
  const names = new Set<string>();
  for (const name in params) {
    const value = params[name];
    if (value === undefined || value === null || KNOWN.has(name) || COHERE_FIELDS.has(name)) continue;
    const refuses = REFUSED_WHEN.get(name);
    if (refuses === undefined || refuses(value)) names.add(name);
  }
  if (refusesEffort(params.reasoning_effort, model)) names.add('reasoning_effort');
  namesOfTools(params, model, names);
  addLackingParts(params.messages, lackingPart, names);
  return [...names];
}

function refusesEffort(effort: ChatParams['reasoning_effort'], model: CohereModel): boolean {
  if (!effort) return false;
  return !EFFORTS.has(effort) || (effort !== 'none' && model.capabilities.reasoning === false);
}

/** Cohere's own fields, taken as they are. */
export const COHERE_FIELDS: ReadonlySet<string> = new Set([
  ...['citation_options', 'documents', 'priority', 'raw_prompting', 'safety_mode', 'strict_tools'],
]);

// What is translated, and hints whose loss changes no answer.
const KNOWN: ReadonlySet<string> = new Set([
  ...['model', 'messages', 'stream', 'stream_options', 'max_tokens', 'max_completion_tokens', 'seed', 'logprobs', 'thinking'],
  ...['tools', 'tool_choice', 'functions', 'function_call', 'response_format', 'reasoning_effort'],
  ...['user', 'metadata', 'store', 'prompt_cache_key', 'prompt_cache_retention', 'prompt_cache_options'],
  ...['safety_identifier', 'prediction'],
]);

const MOST_STOPS = 5;

// Ranges of the API reference.
const REFUSED_WHEN: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['n', (value: unknown) => value !== 1],
  ['top_logprobs', (value: unknown) => value !== 0],
  ['temperature', (value: unknown) => !isBetween(value, 0, 1)],
  ['top_p', (value: unknown) => !isBetween(value, 0, 1)],
  ['top_k', (value: unknown) => !isBetween(value, 0, 500)],
  ['frequency_penalty', (value: unknown) => !isBetween(value, 0, 1)],
  ['presence_penalty', (value: unknown) => !isBetween(value, 0, 1)],
  ['stop', (value: unknown) => Array.isArray(value) && value.length > MOST_STOPS],
  ['logit_bias', (value: unknown) => typeof value !== 'object' || Object.keys(value as object).length > 0],
  ['parallel_tool_calls', (value: unknown) => value === false],
  ['modalities', (value: unknown) => !Array.isArray(value) || value.some((modality) => modality !== 'text')],
  ['verbosity', (value: unknown) => value !== 'medium'],
  ['service_tier', (value: unknown) => value !== 'auto' && value !== 'default'],
]);

function isBetween(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most;
}

function namesOfTools(params: ChatParams, model: CohereModel, names: Set<string>): void {
  const { tools, tool_choice: choice } = params;
  if (!tools?.length && !params.functions?.length) names.delete('parallel_tool_calls');
  if (tools?.some((tool) => !isFunctionTool(tool))) names.add('tools');
  if (typeof choice === 'object' && choice !== null && choice.type !== 'function' && choice.type !== 'allowed_tools') {
    names.add('tool_choice');
  }
  const planned = plan(params, model);
  if (planned.choice === 'REQUIRED' && !model.toolChoice) names.add('tool_choice');
  if (tools?.length && model.capabilities.tools === false) names.add('tools');
  // Without tool choice, a model can be given a response format or tools, not both.
  if (planned.responseFormat && tools?.length && choice !== 'none') names.add('response_format');
}
