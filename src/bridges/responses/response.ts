import type { Response, ResponseOutputItem, ResponseUsage } from 'openai/resources/responses/responses';
import type { AnswerExtra, FinishReason } from '../../core/chat.ts';
import type { Clock } from '../../core/clock.ts';
import { isRecord } from '../../core/json.ts';
import type { Params } from '../../core/params.ts';
import type { OpenAiUsage } from '../../core/usage.ts';
import { meaningOfFinish } from '../../providers/meaning-of-finish.ts';
import { isAbsent } from './is-absent.ts';

/** What a response says beside the model's answer. */
export interface AnswerFacts {
  /** As the caller gave them. */
  readonly params: Params;
  /** Unique per call; every id of the answer is made of it. */
  readonly stem: string;
  readonly upstreamModel: string;
  readonly clock: Clock;
}

/** A response as OpenAI's HTTP API gives it: `output_text` is added by its clients. */
export type WholeResponse = Omit<Response, 'output_text'>;

/** How far an answer has come. */
export type AnswerState =
  | { readonly status: 'in_progress' }
  | { readonly status: 'completed'; readonly completedAt: number }
  | {
      readonly status: 'incomplete';
      readonly reason: 'max_output_tokens' | 'content_filter';
      /** The provider's own word, if it is another. */
      readonly native: string | undefined;
      /** What its maker takes back to go on. */
      readonly extra: AnswerExtra | undefined;
    };

/** How the model ended. */
export interface Ending {
  readonly finish: FinishReason | null | undefined;
  readonly native: string | null | undefined;
  /** True if it left nothing: no text, no call, no image. */
  readonly isEmpty: boolean;
  /** What its maker takes back to go on. */
  readonly extra: AnswerExtra | undefined;
}

/**
 * The state that an answer ends in. A decline without content is never a completed answer, also if the word for it has no
 * counterpart among the finish reasons (Google's LANGUAGE and OTHER).
 */
export function finalState({ finish, native, isEmpty, extra }: Ending, { clock }: AnswerFacts): AnswerState {
  const word = native || undefined;
  const own = word === finish ? undefined : word;
  if (finish === 'length') return { status: 'incomplete', reason: 'max_output_tokens', native: own, extra };
  const isDeclined = isEmpty && word !== undefined && meaningOfFinish(word) === undefined;
  if (finish === 'content_filter' || isDeclined) return { status: 'incomplete', reason: 'content_filter', native: own, extra };
  return { status: 'completed', completedAt: Math.floor(clock.now() / 1000) };
}

/** What a chat answer says of itself, whole or in each chunk. */
export interface ChatHead {
  readonly created?: number | undefined;
  readonly model?: string | undefined;
  readonly service_tier?: string | null | undefined;
}

export function responseId(stem: string): string {
  return `resp_${stem}`;
}

/** The response, with the params that made it. */
export function toResponse(
  { params, stem, upstreamModel, clock }: AnswerFacts,
  head: ChatHead,
  state: AnswerState,
  output: ResponseOutputItem[],
  usage?: OpenAiUsage | null,
): WholeResponse {
  // What is echoed is the caller's own JSON, of whatever type that is.
  const response: Record<string, unknown> = {
    id: responseId(stem),
    object: 'response',
    created_at: head.created ?? Math.floor(clock.now() / 1000),
    status: state.status,
    background: false,
    completed_at: state.status === 'completed' ? state.completedAt : null,
    error: null,
    incomplete_details: state.status === 'incomplete' ? incompleteDetails(state) : null,
    instructions: params.instructions ?? null,
    max_output_tokens: params.max_output_tokens ?? null,
    max_tool_calls: params.max_tool_calls ?? null,
    model: head.model || upstreamModel,
    output,
    parallel_tool_calls: params.parallel_tool_calls ?? true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null, ...record(params.reasoning) },
    store: false,
    temperature: params.temperature ?? null,
    text: { format: { type: 'text' }, ...record(params.text) },
    tool_choice: params.tool_choice ?? 'auto',
    tools: Array.isArray(params.tools) ? params.tools.map(toEchoedTool) : [],
    top_logprobs: params.top_logprobs ?? 0,
    top_p: params.top_p ?? null,
    truncation: 'disabled',
    metadata: params.metadata ?? {},
    access_programs: null,
  };
  if (usage) response.usage = toResponseUsage(usage);
  if (state.status === 'incomplete' && state.extra?.google?.continuation_token) response.extra_content = state.extra;
  if (head.service_tier) response.service_tier = head.service_tier;
  for (const name of ECHOED_IF_GIVEN) if (!isAbsent(params[name])) response[name] = params[name];
  return response as WholeResponse;
}

/** OpenAI's reason, the provider's own word beside it as in a chat answer. */
function incompleteDetails({ reason, native }: AnswerState & { status: 'incomplete' }): Record<string, string> {
  return native === undefined ? { reason } : { reason, native_finish_reason: native };
}

const ECHOED_IF_GIVEN = [
  'user',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'prompt_cache_options',
] as const;

function record(value: unknown): object | undefined {
  return isRecord(value) ? value : undefined;
}

/** A function is echoed with all that OpenAI's schema wants of it. */
function toEchoedTool(tool: unknown): unknown {
  if (!isRecord(tool) || tool.type !== 'function') return tool;
  return { ...tool, parameters: tool.parameters ?? null, strict: tool.strict ?? false };
}

/** The same counts under the names of the Responses API, classes with a price of their own included. */
function toResponseUsage(usage: OpenAiUsage): ResponseUsage {
  const {
    prompt_tokens,
    completion_tokens,
    total_tokens,
    prompt_tokens_details: input,
    completion_tokens_details: output,
    ...words
  } = usage;
  return {
    input_tokens: prompt_tokens,
    input_tokens_details: {
      ...input,
      cached_tokens: input?.cached_tokens ?? 0,
      cache_write_tokens: input?.cache_write_tokens ?? 0,
    },
    output_tokens: completion_tokens,
    output_tokens_details: { ...output, reasoning_tokens: output?.reasoning_tokens ?? 0 },
    total_tokens,
    ...words,
  };
}
