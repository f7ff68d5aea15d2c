import type {
  ChatAnswerMessage,
  ChatChoice,
  ChatCompletion,
  ChatParams,
  DrawnImage,
  ReasoningDetail,
  ToolCall,
} from '../../core/chat.ts';
import { hasError } from '../error-body.ts';
import { refuseBroken } from '../refuse-broken.ts';
import { charactersOf } from '../reported-usage.ts';
import { UpstreamError } from '../upstream-error.ts';
import type { WireExchange } from '../wire.ts';
import { toAnnotations } from './annotations.ts';
import { laterToken, nativeFinish, toExtraContent, toFinishReason } from './finish.ts';
import { joinedItems } from './joined-items.ts';
import { toLogprobs } from './logprobs.ts';
import { type AnswerSink, PartReader } from './part-reader.ts';
import { ToolCallIds } from './signatures.ts';
import { isLegacy } from './tools.ts';
import { toServiceTier, toUsage } from './usage.ts';
import type { GeminiCandidate, GeminiResponse, GeminiUsage } from './wire-types.ts';

/** A whole `generateContent` answer as a chat completion. A blocked prompt is a valid, empty answer. */
export function fromChatResponse(body: unknown, exchange: WireExchange): ChatCompletion {
  const response = checked(exchange.request.stream ? joinedItems(body) : body, exchange);
  const { usageMetadata } = response;
  const choices = toChoices(response, exchange);
  const completion: ChatCompletion = { ...answerHead(response, exchange), object: 'chat.completion', choices };
  const usage = toUsage(usageMetadata, charactersIn(choices));
  if (usage !== undefined) completion.usage = usage;
  const serviceTier = toServiceTier(usageMetadata);
  if (serviceTier !== undefined) completion.service_tier = serviceTier;
  return completion;
}

function charactersIn(choices: readonly ChatChoice[]): number {
  let characters = 0;
  for (const { message } of choices) characters += charactersOf(message);
  return characters;
}

/** What every item of an answer has in common; the wire's own if it tells. */
export function answerHead(
  { responseId, modelVersion, createTime }: GeminiResponse,
  { request, requestId, createdSeconds }: WireExchange,
): { id: string; created: number; model: string } {
  const created = createTime === undefined ? Number.NaN : Math.floor(Date.parse(createTime) / 1000);
  return {
    id: responseId || requestId,
    created: Number.isSafeInteger(created) ? created : createdSeconds,
    model: modelVersion || request.upstreamModel,
  };
}

function checked(body: unknown, { status, headers }: WireExchange): GeminiResponse {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new UpstreamError('not-an-answer', status, headers, body);
  }
  if ('error' in body && hasError(body.error)) throw new UpstreamError('error-in-answer', status, headers, body);
  const response: GeminiResponse = body;
  const hasCandidates = Array.isArray(response.candidates) && response.candidates.length > 0;
  if (!hasCandidates && !response.promptFeedback?.blockReason) throw new UpstreamError('not-an-answer', status, headers, body);
  return response;
}

function toChoices(response: GeminiResponse, exchange: WireExchange): ChatChoice[] {
  const { promptFeedback } = response;
  const candidates = response.candidates ?? [];
  if (candidates.length === 0) {
    const message: ChatAnswerMessage = { role: 'assistant', content: '', refusal: null };
    const native = String(promptFeedback?.blockReason);
    return [{ index: 0, message, finish_reason: 'content_filter', native_finish_reason: native, logprobs: null }];
  }
  const ids = new ToolCallIds(answerHead(response, exchange).id);
  return candidates.map((candidate, position) => toChoice(candidate, position, { ids, exchange, told: response.usageMetadata }));
}

function toChoice(
  candidate: GeminiCandidate,
  position: number,
  { ids, exchange, told }: { ids: ToolCallIds; exchange: WireExchange; told: GeminiUsage | undefined },
): ChatChoice {
  const builder = new MessageBuilder();
  const reader = new PartReader(builder, ids);
  if (!reader.read(candidate.content?.parts ?? [])) {
    const { status, headers } = exchange;
    throw new UpstreamError('not-an-answer', status, headers, { usageMetadata: told }, 'more tool calls than allowed');
  }
  reader.end();
  const native = nativeFinish(candidate.finishReason);
  refuseBroken(native, 'error-in-answer', { usageMetadata: told }, exchange);
  const token = laterToken(undefined, candidate);
  const finishReason = toFinishReason(native, reader.calls > 0, token !== undefined);
  const legacy = isLegacy(exchange.request.params as ChatParams);
  const message = builder.message(candidate, legacy);
  const extra = toExtraContent(token, finishReason);
  if (extra !== undefined) message.extra_content = extra;
  return {
    index: candidate.index ?? position,
    message,
    finish_reason: legacy && finishReason === 'tool_calls' ? 'function_call' : finishReason,
    native_finish_reason: native ?? null,
    logprobs: toLogprobs(candidate.logprobsResult),
  };
}

/** Gathers a whole message from its parts, which join without separators. */
class MessageBuilder implements AnswerSink {
  #text = '';
  #reasoning = '';
  readonly #details: ReasoningDetail[] = [];
  readonly #calls: ToolCall[] = [];
  readonly #images: DrawnImage[] = [];

  text(text: string): void {
    this.#text += text;
  }

  reasoning(detail: ReasoningDetail): void {
    this.#reasoning += detail.text ?? '';
    this.#details.push(detail);
  }

  call(_index: number, id: string, name: string, signature: string | undefined): void {
    const call: ToolCall = { id, type: 'function', function: { name, arguments: '' } };
    if (signature) call.extra_content = { google: { thought_signature: signature } };
    this.#calls.push(call);
  }

  callArguments(index: number, json: string): void {
    const call = this.#calls[index];
    if (call !== undefined) call.function.arguments = json;
  }

  image(url: string): void {
    this.#images.push({ type: 'image_url', image_url: { url } });
  }

  message({ groundingMetadata }: GeminiCandidate, legacy: boolean): ChatAnswerMessage {
    const hasCalls = this.#calls.length > 0;
    const content = this.#text === '' && hasCalls ? null : this.#text;
    const message: ChatAnswerMessage = { role: 'assistant', content, refusal: null };
    if (hasCalls && legacy) message.function_call = this.#calls[0]?.function ?? { name: '', arguments: '' };
    else if (hasCalls) message.tool_calls = this.#calls;
    if (this.#reasoning !== '') message.reasoning_content = this.#reasoning;
    if (this.#details.length > 0) message.reasoning_details = this.#details;
    if (this.#images.length > 0) message.images = this.#images;
    const annotations = toAnnotations(groundingMetadata, this.#text);
    if (annotations.length > 0) message.annotations = annotations;
    return message;
  }
}
