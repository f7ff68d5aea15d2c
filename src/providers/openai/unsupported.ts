import type { UpstreamRequest } from '../provider.ts';
import { openAiCapabilities } from './capabilities.ts';
import { againstForcedTool } from './forced-tools.ts';
import { historyRule, isBroken } from './history.ts';
import type { VendorQuirks } from './quirks.ts';

/** Names of params in the request that the vendor can't honour for this model. */
export function unsupportedParams(
  request: Pick<UpstreamRequest, 'operation' | 'params' | 'upstreamModel'>,
  quirks: VendorQuirks,
): readonly string[] {
  const { operation, params, upstreamModel } = request;
  const thought = quirks.forcedTools.length === 0 ? undefined : againstForcedTool(request, quirks);
  if (operation !== 'chat' || (quirks.unsupported.length === 0 && quirks.history.length === 0)) {
    return thought === undefined ? NONE : [thought];
  }
  const names: string[] = thought === undefined ? [] : [thought];
  for (const { models, params: refused } of quirks.unsupported) {
    if (models !== undefined && !models.test(upstreamModel)) continue;
    for (const name of refused) if (asksSomething(name, params[name])) names.push(name);
  }
  const rule = historyRule(upstreamModel, quirks);
  if (rule !== undefined && isBroken(rule, params, quirks) && rule.unmet === 'passed-over') names.push('messages');
  return names;
}

const NONE: readonly string[] = [];

/** False for values that only say what happens anyway. */
function asksSomething(name: string, value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false;
  if (Array.isArray(value)) return value.length > 0 && !(name === 'modalities' && value.every((item) => item === 'text'));
  if (typeof value === 'object') return Object.keys(value).length > 0;
  return value !== NEUTRAL.get(name);
}

const NEUTRAL: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['n', 1],
  ['temperature', 1],
  ['top_p', 1],
  ['presence_penalty', 0],
  ['frequency_penalty', 0],
  ['top_logprobs', 0],
  ['tool_choice', 'auto'],
  ['verbosity', 'medium'],
]);

/**
 * Whether the vendor is known to take a param of chat for the model, so that `drop` has no say in it. Nothing is known of
 * other operations, of fields that are not OpenAI's, of vendors whose row names no refusals (servers of users, most hosts),
 * and of OpenAI's models that are in none of its families.
 */
export function isKnownToTake(
  name: string,
  { operation, upstreamModel }: Pick<UpstreamRequest, 'operation' | 'upstreamModel'>,
  quirks: VendorQuirks,
): boolean {
  if (operation !== 'chat' || quirks.unsupported.length === 0 || !OPENAI_PARAMS.has(name)) return false;
  return quirks.maxTokens !== 'by-model' || Object.keys(openAiCapabilities(upstreamModel, {})).length > 0;
}

// https://platform.openai.com/docs/api-reference/chat/create
const OPENAI_PARAMS: ReadonlySet<string> = new Set([
  ...[
    'temperature',
    'top_p',
    'n',
    'stop',
    'seed',
    'max_tokens',
    'max_completion_tokens',
    'presence_penalty',
    'frequency_penalty',
  ],
  ...['logit_bias', 'logprobs', 'top_logprobs', 'tools', 'tool_choice', 'parallel_tool_calls', 'functions', 'function_call'],
  ...['response_format', 'reasoning_effort', 'verbosity', 'modalities', 'audio', 'prediction', 'web_search_options'],
  ...['stream_options', 'user', 'metadata', 'store', 'service_tier', 'safety_identifier', 'prompt_cache_key'],
  'prompt_cache_retention',
  'prompt_cache_options',
]);
