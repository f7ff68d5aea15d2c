import type { ChatAnswerMessage, ChatCompletion, ChatParams, FinishReason, ToolCall } from '../../core/chat.ts';
import { wholeArguments } from '../arguments-text.ts';
import { COHERE_FORMAT } from '../chat/reasoning-formats.ts';
import { distinctCalls } from '../distinct-calls.ts';
import { saysError } from '../error-body.ts';
import { meaningOfFinish } from '../meaning-of-finish.ts';
import { charactersOf } from '../reported-usage.ts';
import { toolCallId } from '../tool-call-id.ts';
import { UpstreamError } from '../upstream-error.ts';
import type { WireExchange } from '../wire.ts';
import { cohereModel } from './models.ts';
import { plan } from './plan.ts';
import { toUsage } from './usage.ts';
import type { AnswerMessage, ChatResponse, Citation, LogprobItem, StreamEnd } from './wire-types.ts';

/** More calls in one answer are a fault of the model's host, not a wish of the model. */
export const MOST_TOOL_CALLS = 128;

export function fromChatResponse(body: unknown, exchange: WireExchange): ChatCompletion {
  const answer = (typeof body === 'object' && body !== null ? body : {}) as ChatResponse;
  // What a filter withheld may have no message.
  const message = answer.message ?? (meaningOfFinish(answer.finish_reason ?? '') === 'content_filter' ? {} : undefined);
  if (typeof message !== 'object' || message === null) {
    const reason = saysError(answer) ? 'error-in-answer' : 'not-an-answer';
    throw new UpstreamError(reason, exchange.status, exchange.headers, body);
  }
  if (isBroken(answer.finish_reason)) throw broken('error-in-answer', answer, exchange);
  const form = answerForm(exchange);
  const id = answer.id || `chatcmpl-${exchange.requestId}`;
  const { calls, json } = toCalls(message, id, form.jsonTool);
  if (calls.length > MOST_TOOL_CALLS) {
    const { status, headers } = exchange;
    throw new UpstreamError('not-an-answer', status, headers, { usage: answer.usage }, 'more tool calls than any model makes');
  }
  if (calls.some((call) => call.function.name === '')) {
    const { status, headers } = exchange;
    throw new UpstreamError('not-an-answer', status, headers, { usage: answer.usage }, 'a tool call without a name');
  }
  const finish = finishReason(answer.finish_reason, calls.length > 0);
  const said = toAnswerMessage(message, calls, json, form.legacy);
  const usage = toUsage(answer.usage, charactersOf(said));
  return {
    id,
    object: 'chat.completion',
    created: exchange.createdSeconds,
    model: exchange.request.upstreamModel,
    choices: [
      {
        index: 0,
        message: said,
        finish_reason: form.legacy && finish === 'tool_calls' ? 'function_call' : finish,
        native_finish_reason: answer.finish_reason ?? null,
        logprobs: toLogprobs(answer.logprobs),
      },
    ],
    ...(usage ? { usage } : {}),
  };
}

/** What an answer's translation has to know of its request. */
export interface AnswerForm {
  /** The tool whose input is the answer itself. */
  readonly jsonTool: string | undefined;
  readonly legacy: boolean;
}

export function answerForm({ request }: WireExchange): AnswerForm {
  const planned = plan(request.params as ChatParams, cohereModel(request.upstreamModel));
  return { jsonTool: planned.jsonTool?.name, legacy: planned.legacy };
}

function toCalls(
  message: AnswerMessage,
  answerId: string,
  jsonTool: string | undefined,
): { calls: ToolCall[]; json: string | undefined } {
  const calls: ToolCall[] = [];
  let json: string | undefined;
  for (const { id, function: called } of message.tool_calls ?? []) {
    const text = wholeArguments(called?.arguments);
    if (jsonTool !== undefined && called?.name === jsonTool) json = text;
    else {
      const callId = id || toolCallId(answerId, 0, calls.length);
      calls.push({ id: callId, type: 'function', function: { name: called?.name ?? '', arguments: text } });
    }
  }
  return { calls: distinctCalls(calls, answerId, 0), json };
}

/** The plan of a turn with calls is what other models say beside their calls. */
function toAnswerMessage(
  { content, tool_plan: toolPlan, citations }: AnswerMessage,
  calls: ToolCall[],
  json: string | undefined,
  legacy: boolean,
): ChatAnswerMessage {
  let text = typeof toolPlan === 'string' ? toolPlan : '';
  let thoughts = '';
  for (const block of typeof content === 'string' ? [{ text: content, thinking: undefined }] : (content ?? [])) {
    if (typeof block.text === 'string') text += block.text;
    if (typeof block.thinking === 'string') thoughts += block.thinking;
  }
  const said = json ?? text;
  const message: ChatAnswerMessage = { role: 'assistant', content: said === '' && calls.length > 0 ? null : said, refusal: null };
  if (calls.length > 0 && legacy) message.function_call = calls[0]?.function;
  else if (calls.length > 0) message.tool_calls = calls;
  if (thoughts !== '') {
    message.reasoning_content = thoughts;
    message.reasoning_details = [{ type: 'reasoning.text', text: thoughts, format: COHERE_FORMAT, index: 0 }];
  }
  const annotations = (citations ?? []).flatMap(toAnnotations);
  if (annotations.length > 0) message.annotations = annotations;
  return message;
}

/** OpenAI's annotations know only sources on the web; citations of a tool's output without a URL have no counterpart. */
export function toAnnotations({ start = 0, end = 0, sources }: Citation): object[] {
  const annotations: object[] = [];
  for (const { document, tool_output: output } of sources ?? []) {
    const facts = document ?? output;
    if (typeof facts?.url !== 'string' || facts.url === '') continue;
    const title = typeof facts.title === 'string' ? facts.title : facts.url;
    annotations.push({ type: 'url_citation', url_citation: { url: facts.url, title, start_index: start, end_index: end } });
  }
  return annotations;
}

export function finishReason(native: string | undefined, hasCalls: boolean): FinishReason {
  const known = meaningOfFinish(native ?? '');
  const finish = known === undefined || known === 'error' ? 'stop' : known;
  if (finish === 'stop' && hasCalls) return 'tool_calls';
  return finish === 'tool_calls' && !hasCalls ? 'stop' : finish;
}

/** `ERROR` and `TIMEOUT` say that the answer broke off inside Cohere. */
export function isBroken(native: string | undefined): boolean {
  return meaningOfFinish(native ?? '') === 'error';
}

export function broken(
  reason: 'error-in-answer' | 'error-in-stream',
  { finish_reason: native, error, usage }: Pick<StreamEnd, 'finish_reason' | 'error' | 'usage'>,
  exchange: WireExchange,
): UpstreamError {
  const words = typeof error === 'string' && error !== '' ? error : native;
  const body = { error_type: native, message: `the answer broke off: ${words}`, usage };
  return new UpstreamError(reason, native === 'TIMEOUT' ? 504 : 500, exchange.headers, body);
}

type Logprobs = { content: unknown[] | null; refusal: unknown[] | null } | null;

/** Cohere gives a log probability for each token of a piece of text; a piece has the sum of them. */
export function toLogprobs(items: readonly LogprobItem[] | undefined): Logprobs {
  if (!items?.length) return null;
  const content = items.map(({ text = '', logprobs = [] }) => ({
    token: text,
    logprob: logprobs.reduce((sum, value) => sum + value, 0),
    bytes: [...Buffer.from(text)],
    top_logprobs: [],
  }));
  return { content, refusal: null };
}
