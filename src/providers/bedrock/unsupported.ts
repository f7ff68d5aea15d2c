import type { ChatMessage, ChatParams } from '../../core/chat.ts';
import { addLackingParts } from '../chat/lacking-parts.ts';
import { isFunctionTool } from '../chat/read-tools.ts';
import { toolPlan } from '../chat/tool-plan.ts';
import type { BedrockModel } from './models.ts';
import { reasoning } from './reasoning.ts';
import { sampling } from './sampling.ts';
import { structuredOutput } from './structured-output.ts';
import { lackingPart } from './to-content.ts';

/** Names of the chat params that Converse, or this model family behind it, can't honour. Of read params. */
export function unsupportedInChat(params: ChatParams, model: BedrockModel, stream: boolean): string[] {
  const names = new Set<string>();
  for (const name in params) {
    const value = params[name];
    if (value === undefined || value === null || KNOWN.has(name)) continue;
    const refuses = REFUSED_WHEN.get(name);
    if (refuses === undefined ? !isClaudeField(name, model) : refuses(value)) names.add(name);
  }
  const thought = reasoning(params, model);
  if (thought.refused) names.add('reasoning_effort');
  for (const name of sampling(params, model, thought.thinks).refused) names.add(name);
  namesOfTools(params, model, thought.thinks === 'on-a-budget', names);
  if (stream && params.tools?.length && !model.toolsInStreams) names.add('stream');
  addLackingParts(params.messages, lackingPart, names);
  const last = params.messages.at(-1);
  const isPrefilled = model.isClaude && last?.role === 'assistant' && !last.tool_calls?.length && !last.function_call;
  if (isPrefilled && (model.capabilities.prefill === false || thought.thinks !== 'no')) names.add('messages');
  return [...names];
}

function isClaudeField(name: string, model: BedrockModel): boolean {
  return model.isClaude && CLAUDE_FIELDS.has(name);
}

/** Anthropic's own fields that Bedrock passes to Claude through `additionalModelRequestFields`. */
export const CLAUDE_FIELDS: ReadonlySet<string> = new Set(['thinking', 'output_config', 'anthropic_beta']);

/** Converse's own fields, taken as they are. */
export const CONVERSE_FIELDS: ReadonlySet<string> = new Set([
  'additionalModelRequestFields',
  'additionalModelResponseFieldPaths',
  'guardrailConfig',
  'performanceConfig',
  'promptVariables',
  'requestMetadata',
  'serviceTier',
]);

// What is translated, and hints whose loss changes no answer.
const KNOWN: ReadonlySet<string> = new Set([
  ...CONVERSE_FIELDS,
  ...['model', 'messages', 'stream', 'stream_options', 'max_tokens', 'max_completion_tokens', 'temperature', 'top_p', 'top_k'],
  ...['tools', 'tool_choice', 'parallel_tool_calls', 'functions', 'function_call', 'response_format', 'reasoning_effort'],
  ...['user', 'metadata', 'store', 'prompt_cache_key', 'prompt_cache_retention', 'prompt_cache_options'],
  ...['safety_identifier', 'prediction'],
]);

const SERVICE_TIERS: ReadonlySet<unknown> = new Set(['auto', 'default', 'flex', 'priority', 'reserved']);

const REFUSED_WHEN: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['n', (value: unknown) => value !== 1],
  // Blank sequences are refused.
  ['stop', (value: unknown) => [value].flat().some((sequence) => typeof sequence === 'string' && /^\s+$/.test(sequence))],
  ['logprobs', (value: unknown) => value !== false],
  ['top_logprobs', (value: unknown) => value !== 0],
  ['frequency_penalty', (value: unknown) => value !== 0],
  ['presence_penalty', (value: unknown) => value !== 0],
  ['logit_bias', (value: unknown) => typeof value !== 'object' || Object.keys(value as object).length > 0],
  ['modalities', (value: unknown) => !Array.isArray(value) || value.some((modality) => modality !== 'text')],
  ['verbosity', (value: unknown) => value !== 'medium'],
  ['service_tier', (value: unknown) => !SERVICE_TIERS.has(value)],
]);

function namesOfTools(params: ChatParams, model: BedrockModel, onBudget: boolean, names: Set<string>): void {
  if (params.tools?.some((tool) => !isFunctionTool(tool))) names.add('tools');
  const { tool_choice: raw } = params;
  if (typeof raw === 'object' && raw !== null && raw.type !== 'function' && raw.type !== 'allowed_tools')
    names.add('tool_choice');
  const plan = toolPlan(params);
  if (plan.tools.length > 0 && model.capabilities.tools === false) names.add('tools');
  const output = structuredOutput(params, plan, model);
  if (output.kind === 'unavailable') names.add('response_format');
  const forced = plan.tools.length > 0 && (plan.choice === 'required' || typeof plan.choice === 'object');
  if (forced && model.toolChoice === 'auto') names.add('tool_choice');
  if (plan.choice === 'none' && output.kind !== 'tool' && hasToolBlocks(params.messages)) names.add('tool_choice');
  // Claude refuses a forced tool while it thinks on a budget.
  if (onBudget && (forced || output.kind === 'tool')) names.add(params.thinking ? 'thinking' : 'reasoning_effort');
  const mayBeParallel = plan.tools.length > 1 && model.capabilities.parallelTools !== false && !model.isClaude;
  if (params.parallel_tool_calls === false && mayBeParallel) names.add('parallel_tool_calls');
}

function hasToolBlocks(messages: readonly ChatMessage[]): boolean {
  return messages.some((message) => message.role === 'tool' || (message.role === 'assistant' && message.tool_calls?.length));
}
