import type { ChatAnswerMessage, ChatCompletion, ReasoningDetail, ToolCall } from '../../core/chat.ts';
import { wholeArguments } from '../arguments-text.ts';
import { distinctCalls } from '../distinct-calls.ts';
import { saysError } from '../error-body.ts';
import { meaningOfFinish } from '../meaning-of-finish.ts';
import { refuseBroken } from '../refuse-broken.ts';
import { charactersOf } from '../reported-usage.ts';
import { toolCallId } from '../tool-call-id.ts';
import { UpstreamError } from '../upstream-error.ts';
import type { WireExchange } from '../wire.ts';
import { toFinishReason } from './finish-reason.ts';
import { blockFormat, redactedDetail, thinkingDetail } from './reasoning-details.ts';
import { ANSWER_TOOL } from './structured-output.ts';
import { toAnnotations } from './to-annotations.ts';
import { toOpenAiUsage, toServiceTier } from './usage.ts';
import type { AnswerBlock, MessagesAnswer } from './wire-types.ts';

/** More calls than a model makes in one answer; beyond it the answer is taken for broken. */
export const MOST_TOOL_CALLS = 128;

export function fromResponse(body: unknown, exchange: WireExchange): ChatCompletion {
  if (isWithheld(body)) body.content = [];
  if (!isAnswer(body)) throw notAnAnswer(body, exchange);
  refuseBroken(body.stop_reason, 'error-in-answer', body, exchange);
  const message = toMessage(body, exchange);
  const calls = message.tool_calls ? 'tools' : message.function_call ? 'function' : 'none';
  const completion: ChatCompletion = {
    id: body.id || `chatcmpl-${exchange.requestId}`,
    object: 'chat.completion',
    created: exchange.createdSeconds,
    model: body.model || exchange.request.upstreamModel,
    choices: [
      {
        index: 0,
        message,
        finish_reason: toFinishReason(body.stop_reason, calls),
        native_finish_reason: body.stop_reason,
        logprobs: null,
      },
    ],
  };
  const usage = toOpenAiUsage(body.usage, exchange.request.params, charactersOf(message));
  if (usage) completion.usage = usage;
  const tier = toServiceTier(body.usage);
  if (tier) completion.service_tier = tier;
  return completion;
}

/** The caller spoke OpenAI's legacy `functions`, and is answered in kind. */
export function speaksLegacyFunctions(exchange: WireExchange): boolean {
  const { functions, tools } = exchange.request.params;
  return Array.isArray(functions) && functions.length > 0 && !tools;
}

function isAnswer(body: unknown): body is MessagesAnswer {
  return typeof body === 'object' && body !== null && 'content' in body && Array.isArray(body.content);
}

/** A refusal without any content is an answer that says nothing. */
function isWithheld(body: unknown): body is { content: unknown } {
  if (typeof body !== 'object' || body === null || !('stop_reason' in body)) return false;
  const { stop_reason: native } = body;
  return typeof native === 'string' && meaningOfFinish(native) === 'content_filter' && !isAnswer(body);
}

function notAnAnswer(body: unknown, { status, headers }: WireExchange): UpstreamError {
  return new UpstreamError(saysError(body) ? 'error-in-answer' : 'not-an-answer', status, headers, body);
}

function toMessage(answer: MessagesAnswer, exchange: WireExchange): ChatAnswerMessage {
  let text = '';
  let reasoning = '';
  let structured: string | undefined;
  const details: ReasoningDetail[] = [];
  const calls: ToolCall[] = [];
  const annotations: unknown[] = [];
  const format = blockFormat(exchange.request.upstreamModel);
  for (const block of answer.content) {
    if (!isKnown(block)) continue;
    if (block.type === 'text') {
      const start = text.length;
      if (typeof block.text === 'string') text += block.text;
      if (block.citations) annotations.push(...toAnnotations(block.citations, start, text.length));
    } else if (block.type === 'thinking') {
      const thinking = typeof block.thinking === 'string' ? block.thinking : '';
      reasoning += thinking;
      details.push(thinkingDetail(format, details.length, thinking, block.signature));
    } else if (block.type === 'redacted_thinking') {
      details.push(redactedDetail(format, details.length, block.data));
    } else if (block.name === ANSWER_TOOL) {
      structured = wholeArguments(block.input);
    } else {
      calls.push(toToolCall(block, answer.id, calls.length));
    }
  }
  if (calls.length > MOST_TOOL_CALLS || calls.some((call) => !call.function.name)) throw notAnAnswer(answer, exchange);
  const refusal = answer.stop_reason === 'refusal' ? (answer.stop_details?.explanation ?? null) : null;
  const content = structured ?? text;
  const message: ChatAnswerMessage = {
    role: 'assistant',
    content: content === '' && (calls.length > 0 || refusal !== null) ? null : content,
    refusal,
  };
  addCalls(message, distinctCalls(calls, answer.id, 0), speaksLegacyFunctions(exchange));
  if (details.length > 0) message.reasoning_details = details;
  if (reasoning !== '') message.reasoning_content = reasoning;
  if (annotations.length > 0) message.annotations = annotations;
  return message;
}

// Blocks of server tools (searches, code runs, …) are no part of the answer's text.
const KNOWN_BLOCKS: ReadonlySet<string> = new Set(['text', 'thinking', 'redacted_thinking', 'tool_use']);

export function isKnown(block: { type: string }): block is AnswerBlock {
  return KNOWN_BLOCKS.has(block?.type);
}

function addCalls(message: ChatAnswerMessage, calls: ToolCall[], legacy: boolean): void {
  const [first] = calls;
  if (!first) return;
  if (legacy) message.function_call = first.function;
  else message.tool_calls = calls;
}

function toToolCall(block: { id?: string; name: string; input: unknown }, answerId: string, position: number): ToolCall {
  return {
    id: block.id || toolCallId(answerId, 0, position),
    type: 'function',
    function: { name: block.name, arguments: wholeArguments(block.input) },
  };
}
