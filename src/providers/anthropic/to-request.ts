import type { ChatParams } from '../../core/chat.ts';
import type { UpstreamRequest } from '../provider.ts';
import type { Account, WireRequest } from '../wire.ts';
import { traitsUnder, VERSION_HEADER, versionOf } from './api-version.ts';
import { limitCacheMarks } from './cache-marks.ts';
import { toChatParams } from './chat-params.ts';
import type { HostingRules } from './hosting.ts';
import type { ModelTraits } from './models.ts';
import { toSampling } from './sampling.ts';
import { planStructuredOutput, type StructuredOutput } from './structured-output.ts';
import { planThinking, type ThinkingPlan } from './thinking.ts';
import { toConversation } from './to-conversation.ts';
import { toToolUse } from './tools.ts';
import type { MessagesRequest, OutputConfig } from './wire-types.ts';

export function toRequest(request: UpstreamRequest, account: Account, hosting: HostingRules): WireRequest {
  const { upstreamModel, stream } = request;
  const version =
    'body' in hosting.version
      ? hosting.version
      : { header: request.headers?.[VERSION_HEADER] ?? versionOf(account) ?? hosting.version.header };
  const traits = traitsUnder('header' in version ? version.header : undefined, upstreamModel);
  const body = toBody(toChatParams(request.params), upstreamModel, traits, stream, hosting.systemTurns && traits.systemTurns);
  if (hosting.modelInBody) body.model = upstreamModel;
  const headers: Record<string, string> = {};
  if ('body' in version) body.anthropic_version = version.body;
  else headers[VERSION_HEADER] = version.header;
  const betas = toBetas(request, account);
  if (betas !== '') headers['anthropic-beta'] = betas;
  return {
    method: 'POST',
    path: hosting.path(upstreamModel, stream, account),
    headers,
    body,
    answer: stream ? 'server-sent-events' : 'whole',
  };
}

// Other makers' models behind this wire, which refuse a forced tool while they think, as they do by default.
// https://api-docs.deepseek.com/guides/thinking_mode
const THINKS_UNLESS_TOLD = /^(?:deepseek-v4|kimi-k2\.[56])/;

function isForced(choice: MessagesRequest['tool_choice']): boolean {
  return choice?.type === 'any' || choice?.type === 'tool';
}

function toBody(params: ChatParams, model: string, traits: ModelTraits, stream: boolean, systemTurns: boolean): MessagesRequest {
  const { system, messages, calledTools } = toConversation(params.messages, systemTurns, traits);
  const thinking = planThinking(params, traits, stream);
  const output = planStructuredOutput(params, traits);
  const body: MessagesRequest = { max_tokens: thinking.maxTokens, messages };
  if (system.length > 0) body.system = system;
  if (stream) body.stream = true;
  Object.assign(body, toSampling(params, traits, thinking), toToolUse(params, traits, output, calledTools), nativeParams(params));
  const stops = toStopSequences(params);
  if (stops.length > 0) body.stop_sequences = stops;
  if (thinking.thinking) body.thinking = thinking.thinking;
  else if (isForced(body.tool_choice) && THINKS_UNLESS_TOLD.test(model)) body.thinking = { type: 'disabled' };
  const config = toOutputConfig(params, thinking, output);
  if (config) body.output_config = config;
  const userId = toUserId(params);
  if (userId) body.metadata = { user_id: userId };
  if (params.service_tier === 'default' || params.service_tier === 'standard_only') body.service_tier = 'standard_only';
  limitCacheMarks(body);
  return body;
}

// Anthropic's own fields, sent as the caller wrote them.
const NATIVE_PARAMS = [
  'cache_control',
  'container',
  'context_management',
  'mcp_servers',
  'inference_geo',
  'speed',
  'diagnostics',
] as const;

function nativeParams(params: ChatParams): Record<string, unknown> | undefined {
  let native: Record<string, unknown> | undefined;
  for (const name of NATIVE_PARAMS) {
    if (params[name] === undefined || params[name] === null) continue;
    native ??= {};
    native[name] = params[name];
  }
  return native;
}

/** Blank sequences are refused; a request that has one is passed over unless `stop` may be dropped. */
function toStopSequences(params: ChatParams): string[] {
  const sequences: unknown[] = [params.stop ?? [], params.stop_sequences ?? []].flat();
  return sequences.filter((sequence): sequence is string => typeof sequence === 'string' && sequence.trim() !== '');
}

function toOutputConfig(params: ChatParams, thinking: ThinkingPlan, output: StructuredOutput): OutputConfig | undefined {
  const own = isOutputConfig(params.output_config) ? params.output_config : undefined;
  if (!own && !thinking.effort && output.kind !== 'native') return undefined;
  const config: OutputConfig = { ...own };
  if (thinking.effort) config.effort ??= thinking.effort;
  if (output.kind === 'native') config.format = { type: 'json_schema', schema: output.schema };
  return config;
}

function isOutputConfig(value: unknown): value is OutputConfig {
  return typeof value === 'object' && value !== null;
}

function toUserId({ safety_identifier, user, metadata }: ChatParams): string | undefined {
  for (const id of [safety_identifier, user, metadata?.user_id]) if (typeof id === 'string' && id !== '') return id;
  return undefined;
}

/** Betas of the account, the caller's header and the caller's params, as one comma list. */
function toBetas({ headers, params }: UpstreamRequest, account: Account): string {
  const lists = [account.headers['anthropic-beta'], headers?.['anthropic-beta'], params.anthropic_beta, params.betas];
  if (lists.every((list) => list === undefined)) return '';
  const betas = lists.flat().flatMap((list) => (typeof list === 'string' ? list.split(',') : []));
  return [...new Set(betas.map((beta) => beta.trim()).filter(Boolean))].join(',');
}
