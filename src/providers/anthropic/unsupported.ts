import type { ChatParams } from '../../core/chat.ts';
import { addLackingParts } from '../chat/lacking-parts.ts';
import { isFunctionTool } from '../chat/read-tools.ts';
import { lackingPart } from './content.ts';
import type { ModelTraits } from './models.ts';
import { isNativeTool } from './native-forms.ts';
import { unsupportedSampling } from './sampling.ts';
import { planStructuredOutput } from './structured-output.ts';
import { planThinking, type ThinkingPlan } from './thinking.ts';

/** Names of what the request asks for and this model on this wire cannot do. Parts of messages go by their type. Of read params. */
export function unsupportedParams(params: ChatParams, traits: ModelTraits, stream: boolean): string[] {
  const names: string[] = [];
  for (const [name, value] of Object.entries(params)) {
    if (value === null || value === undefined) continue;
    const refuses = REFUSALS.get(name);
    if (refuses ? refuses(value) : !KNOWN.has(name)) names.push(name);
  }
  const thinking = planThinking(params, traits, stream);
  if (thinking.refused) names.push(thinking.refused);
  names.push(...unsupportedSampling(params, traits, thinking), ...unsupportedTools(params, traits, thinking));
  return names.concat(unsupportedContent(params, traits, thinking));
}

// OpenAI's fields that Anthropic has no place for, and the values that ask for something.
const REFUSALS: ReadonlyMap<string, (value: unknown) => boolean> = new Map<string, (value: unknown) => boolean>([
  ['n', (value) => value !== 1],
  ['seed', () => true],
  ['frequency_penalty', (value) => value !== 0],
  ['presence_penalty', (value) => value !== 0],
  ['logit_bias', (value) => typeof value === 'object' && value !== null && Object.keys(value).length > 0],
  ['logprobs', (value) => value === true],
  ['top_logprobs', (value) => value !== 0],
  ['store', (value) => value === true],
  ['modalities', (value) => Array.isArray(value) && value.some((modality) => modality !== 'text')],
  ['audio', () => true],
  ['verbosity', (value) => value !== 'medium'],
  ['web_search_options', () => true],
  [
    'stop',
    (value) => [value].flat().some((sequence) => typeof sequence === 'string' && sequence !== '' && sequence.trim() === ''),
  ],
]);

/** Fields that are mapped, and OpenAI's hints, which are mapped or left out without a loss of meaning. */
const KNOWN: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'top_k',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'functions',
  'function_call',
  'response_format',
  'reasoning_effort',
  'user',
  'metadata',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'prompt_cache_options',
  'prediction',
  'service_tier',
  'stop_sequences',
  'anthropic_beta',
  'betas',
  'output_config',
  'thinking',
  'cache_control',
  'container',
  'context_management',
  'mcp_servers',
  'inference_geo',
  'speed',
  'diagnostics',
]);

function unsupportedTools(params: ChatParams, traits: ModelTraits, thinking: ThinkingPlan): string[] {
  const names: string[] = [];
  const output = planStructuredOutput(params, traits);
  if (output.kind === 'impossible') names.push('response_format');
  const { tools, tool_choice: choice } = params;
  const offered = (tools?.length ?? 0) > 0 || (params.functions?.length ?? 0) > 0;
  const isForeign = (tool: unknown) => !isNativeTool(tool) && !isFunctionTool(tool);
  if ((offered && traits.capabilities.tools === false) || tools?.some(isForeign)) names.push('tools');
  const forced = offered && isForced(choice ?? params.function_call);
  if ((forced && !traits.forcedTools) || isOfCustomTool(choice)) names.push('tool_choice');
  if ((forced || output.kind === 'tool') && thinking.kind === 'budget') names.push('reasoning_effort');
  return names;
}

function isOfCustomTool(choice: unknown): boolean {
  return typeof choice === 'object' && choice !== null && 'type' in choice && choice.type === 'custom';
}

function isForced(choice: ChatParams['tool_choice'] | ChatParams['function_call'] | null): boolean {
  if (choice === 'required') return true;
  if (typeof choice !== 'object' || choice === null) return false;
  return !('allowed_tools' in choice) || choice.allowed_tools.mode === 'required';
}

function unsupportedContent({ messages }: ChatParams, traits: ModelTraits, thinking: ThinkingPlan): string[] {
  const names = new Set<string>();
  addLackingParts(messages, lackingPart, names);
  const last = messages.at(-1);
  const prefilled = last?.role === 'assistant' && !last.tool_calls?.length && !last.function_call;
  if (prefilled && (!traits.prefill || thinking.kind !== 'off')) names.add('messages');
  return [...names];
}
