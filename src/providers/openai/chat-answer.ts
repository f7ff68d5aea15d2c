import type { ChatCompletion, FinishReason } from '../../core/chat.ts';
import { wholeArguments } from '../arguments-text.ts';
import { distinctCalls } from '../distinct-calls.ts';
import { hasError } from '../error-body.ts';
import { toolCallId } from '../tool-call-id.ts';
import type { WireExchange } from '../wire.ts';
import { repairHead } from './answer-head.ts';
import { answerUsage } from './answer-usage.ts';
import { splitContentParts } from './content-parts.ts';
import { noAnswer, refuseError, upstreamError } from './errors-in-answers.ts';
import { isWithheld, toFinishReason } from './finish-reason.ts';
import type { VendorQuirks } from './quirks.ts';
import { ReasoningTagSplitter } from './reasoning-tags.ts';
import { isRecord, type RawAnswer, type RawChoice, type RawMessage, type RawToolCall } from './wire-types.ts';

/** A whole chat answer, repaired in place: it was parsed for this call and belongs to nobody else. */
export function toChatCompletion(body: unknown, exchange: WireExchange, quirks: VendorQuirks): ChatCompletion {
  if (!isRecord(body)) throw noAnswer(body, 'error-in-answer', exchange);
  const answer: RawAnswer = body;
  refuseError(answer, 'error-in-answer', exchange);
  const { choices } = answer;
  if (!Array.isArray(choices) || choices.length === 0) throw noAnswer(body, 'error-in-answer', exchange);
  repairHead(answer, 'chat.completion', exchange);
  choices.forEach((choice: unknown, position) => {
    repairChoice(choice, position, answer, exchange, quirks);
  });
  answer.usage = answerUsage(answer, choices, quirks);
  return body as unknown as ChatCompletion;
}

function repairChoice(choice: unknown, position: number, answer: RawAnswer, exchange: WireExchange, quirks: VendorQuirks): void {
  if (!isRecord(choice)) throw upstreamError('not-an-answer', answer, exchange);
  const raw: RawChoice = choice;
  if (hasError(raw.error)) throw upstreamError('error-in-answer', { error: raw.error, usage: answer.usage }, exchange);
  const message = messageOf(raw);
  if (message === undefined) throw upstreamError('not-an-answer', answer, exchange);
  if (!Number.isInteger(raw.index)) raw.index = position;
  const hadNameless = hasNameless(message.tool_calls);
  const calls = repairMessage(message, `${answer.id}`, position, quirks);
  if (calls > MOST_TOOL_CALLS) throw upstreamError('not-an-answer', answer, exchange);
  const native = typeof raw.finish_reason === 'string' ? raw.finish_reason : '';
  const reason = native === '' ? (calls > 0 ? 'tool_calls' : 'stop') : toFinishReason(native);
  if (reason === 'error') throw upstreamError('error-in-answer', answer, exchange);
  // One that was cut off may have lost the name too.
  if (hadNameless && !isCutShort(reason)) throw upstreamError('not-an-answer', answer, exchange);
  raw.finish_reason = message.function_call ? reason : finishBeside(reason, calls > 0, quirks);
  raw.native_finish_reason ??= native === '' ? null : native;
  raw.logprobs = repairLogprobs(raw.logprobs);
}

/** If a filter withheld the answer, nothing was said. */
function messageOf(raw: RawChoice): RawMessage | undefined {
  if (isRecord(raw.message)) return raw.message;
  if (!isWithheld(raw.finish_reason)) return undefined;
  raw.message = {};
  return raw.message;
}

// More is a fault of the model or an attack on whoever keeps state for each.
export const MOST_TOOL_CALLS = 128;

/** Returns how many tool calls the message has. */
function repairMessage(message: RawMessage, answerId: string, position: number, quirks: VendorQuirks): number {
  if (message.role !== 'assistant') message.role = 'assistant';
  repairContent(message, quirks);
  if (typeof message.refusal !== 'string' || message.refusal === '') message.refusal = null;
  if (message.annotations === null) message.annotations = undefined;
  if (isRecord(message.audio) && message.audio.id === '') message.audio = undefined;
  repairFunctionCall(message);
  return repairToolCalls(message, answerId, position);
}

function repairContent(message: RawMessage, quirks: VendorQuirks): void {
  moveReasoning(message);
  if (typeof message.content === 'object' && message.content !== null) {
    const { text, reasoning } = splitContentParts(message.content);
    message.content = text;
    if (reasoning !== '') message.reasoning_content ??= reasoning;
  } else if (typeof message.content !== 'string') {
    message.content = null;
  } else if (quirks.reasoningTag !== undefined) {
    splitTags(message, message.content, quirks.reasoningTag);
  }
}

/** `reasoning` is newer vLLM's, Groq's, Ollama's, Cerebras' and OpenRouter's name of `reasoning_content`. */
export function moveReasoning(message: RawMessage): void {
  if (message.reasoning !== undefined) {
    if (typeof message.reasoning === 'string' && message.reasoning !== '') message.reasoning_content ||= message.reasoning;
    message.reasoning = undefined;
  }
  if (message.reasoning_content !== undefined && typeof message.reasoning_content !== 'string') {
    message.reasoning_content = undefined;
  }
}

function splitTags(message: RawMessage, content: string, tag: string): void {
  const splitter = new ReasoningTagSplitter(tag);
  const head = splitter.push(content);
  const rest = splitter.flush();
  const reasoning = head.reasoning + rest.reasoning;
  if (reasoning === '') return;
  message.content = head.text + rest.text;
  message.reasoning_content ??= reasoning.trimEnd();
}

function repairToolCalls(message: RawMessage, answerId: string, position: number): number {
  if (message.tool_calls === undefined) return 0;
  if (!Array.isArray(message.tool_calls) || message.tool_calls.length === 0) {
    message.tool_calls = undefined;
    return 0;
  }
  const calls: RawToolCall[] = message.tool_calls.filter((call) => isRecord(call) && !isNameless(call));
  for (const [index, call] of calls.entries()) repairToolCall(call, toolCallIdFor(call, answerId, position, index));
  const distinct = distinctCalls(calls, answerId, position);
  message.tool_calls = distinct.length === 0 ? undefined : distinct;
  return distinct.length;
}

/** Whether a list has a call that nobody can carry out. */
function hasNameless(calls: unknown): boolean {
  return Array.isArray(calls) && calls.some((call) => isRecord(call) && isNameless(call));
}

function isNameless(call: RawToolCall): boolean {
  return call.type !== 'custom' && !(typeof call.function?.name === 'string' && call.function.name !== '');
}

export const NAMELESS = 'a tool call without a name';

/** The finish of a choice with calls or without: `tool_calls` are announced by some hosts that have none to give. */
export function finishBeside(reason: FinishReason, hasCalls: boolean, quirks: VendorQuirks): FinishReason {
  if (reason === 'tool_calls' && !hasCalls) return 'stop';
  return reason === 'stop' && hasCalls && quirks.stopMayMeanToolCalls ? 'tool_calls' : reason;
}

/** Whether an answer ended before it was written out. */
export function isCutShort(reason: FinishReason): boolean {
  return reason === 'length' || reason === 'content_filter';
}

function toolCallIdFor(call: RawToolCall, answerId: string, position: number, index: number): string {
  return typeof call.id === 'string' && call.id !== '' ? call.id : toolCallId(answerId, position, index);
}

function repairToolCall(call: RawToolCall, id: string): void {
  if (call.id !== id) call.id = id;
  if (call.type === 'custom') return;
  if (call.type !== 'function') call.type = 'function';
  const called = call.function;
  if (!isRecord(called)) return;
  called.arguments = wholeArguments(called.arguments);
}

/** OpenAI's older form of a call, of which a message has one. */
function repairFunctionCall(message: RawMessage): void {
  if (message.function_call === undefined) return;
  if (!message.function_call?.name) message.function_call = undefined;
  else message.function_call.arguments = wholeArguments(message.function_call.arguments);
}

/** OpenAI's form has both lists, null if there is none; a host's own form is no use to a client of OpenAI's. */
export function repairLogprobs(logprobs: unknown): unknown {
  if (!isRecord(logprobs)) return null;
  logprobs.content ??= null;
  logprobs.refusal ??= null;
  return logprobs;
}
