import type { ResponseOutputItem } from 'openai/resources/responses/responses';
import type { ChatAnswerMessage, ChatChoice, ChatCompletion } from '../../core/chat.ts';
import { isRecord } from '../../core/json.ts';
import type { UpstreamReply } from '../../providers/provider.ts';
import { UpstreamError } from '../../providers/upstream-error.ts';
import {
  callItem,
  imageItem,
  type MessagePart,
  messageItem,
  reasoningItem,
  textPart,
  toAnnotations,
  toLogprobs,
} from './output-items.ts';
import { type AnswerFacts, finalState, toResponse, type WholeResponse } from './response.ts';
import { callSignatures } from './sealed-reasoning.ts';

/** A whole chat completion as a response. Throws `UpstreamError` if it has no choice. */
export function fromChat({ status, headers, body }: UpstreamReply & { kind: 'object' }, facts: AnswerFacts): WholeResponse {
  const choice = isCompletion(body) ? body.choices[0] : undefined;
  if (!isCompletion(body) || choice === undefined) throw new UpstreamError('not-an-answer', status, headers, body);
  const output = toOutput(choice, facts);
  const isEmpty = !output.some(({ type }) => type !== 'reasoning');
  const { finish_reason: finish, native_finish_reason: native } = choice;
  const state = finalState({ finish, native, isEmpty, extra: choice.message.extra_content }, facts);
  const last = output.at(-1);
  if (state.status === 'incomplete' && last && 'status' in last && last.type !== 'image_generation_call')
    last.status = 'incomplete';
  return toResponse(facts, body, state, output, body.usage);
}

function isCompletion(body: unknown): body is ChatCompletion {
  return isRecord(body) && Array.isArray(body.choices);
}

/** Reasoning, text and calls, in the order in which the model gave them. */
function toOutput({ message, logprobs }: ChatChoice, { stem, params }: AnswerFacts): ResponseOutputItem[] {
  const output: ResponseOutputItem[] = [];
  const { reasoning_content: reasoning = '', reasoning_details: blocks = [], tool_calls: calls = [] } = message;
  const details = [...blocks, ...callSignatures(calls)];
  if (reasoning !== '' || details.length > 0) output.push(reasoningItem(`rs_${stem}_0`, reasoning, details, 'completed', params));
  const content = toContent(message, logprobs);
  if (content.length > 0) output.push(messageItem(`msg_${stem}_${output.length}`, content, 'completed'));
  for (const call of calls) output.push(callItem(`fc_${stem}_${output.length}`, call, 'completed'));
  for (const image of message.images ?? []) {
    const item = imageItem(`ig_${stem}_${output.length}`, image);
    if (item) output.push(item);
  }
  return output;
}

function toContent(message: ChatAnswerMessage, logprobs: ChatChoice['logprobs']): MessagePart[] {
  const parts: MessagePart[] = [];
  if (message.content) parts.push(textPart(message.content, toAnnotations(message.annotations), toLogprobs(logprobs)));
  if (message.refusal) parts.push({ type: 'refusal', refusal: message.refusal });
  return parts;
}
