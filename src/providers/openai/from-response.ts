import type { WireExchange } from '../wire.ts';
import { repairHead } from './answer-head.ts';
import { answerUsage, responseUsage, typedUsage } from './answer-usage.ts';
import { repairLogprobs, toChatCompletion } from './chat-answer.ts';
import { toEmbeddings } from './embeddings.ts';
import { refuseError, upstreamError } from './errors-in-answers.ts';
import { toFinishReason } from './finish-reason.ts';
import type { VendorQuirks } from './quirks.ts';
import { isRecord, type RawAnswer, type RawChoice } from './wire-types.ts';

/** A whole 2xx answer of an OpenAI-wire vendor in OpenAI's form. Throws `UpstreamError` where it is an error or none. */
export function fromResponse(body: unknown, exchange: WireExchange, quirks: VendorQuirks): unknown {
  switch (exchange.request.operation) {
    case 'chat':
      return toChatCompletion(body, exchange, quirks);
    case 'completions':
      return toCompletion(body, exchange, quirks);
    case 'embeddings':
      return toEmbeddings(body, exchange, quirks);
    case 'responses':
      return toResponse(body, exchange);
    case 'passthrough':
      return body;
    default:
      if (!isRecord(body)) throw upstreamError('not-an-answer', body, exchange);
      refuseError(body, 'error-in-answer', exchange);
      typedUsage(body, exchange.request.operation);
      return body;
  }
}

function toCompletion(body: unknown, exchange: WireExchange, quirks: VendorQuirks): unknown {
  if (!isRecord(body)) throw upstreamError('not-an-answer', body, exchange);
  const answer: RawAnswer = body;
  refuseError(answer, 'error-in-answer', exchange);
  const { choices } = answer;
  if (!Array.isArray(choices) || choices.length === 0) throw upstreamError('not-an-answer', body, exchange);
  repairHead(answer, 'text_completion', exchange);
  for (const [position, choice] of choices.entries()) {
    if (!isRecord(choice)) throw upstreamError('not-an-answer', body, exchange);
    repairTextChoice(choice, position);
    choice.finish_reason ??= 'stop';
  }
  answer.usage = answerUsage(answer.usage, choices, quirks);
  return body;
}

/** A choice of a text completion, whole or streamed. */
export function repairTextChoice(choice: RawChoice, position: number): void {
  if (!Number.isInteger(choice.index)) choice.index = position;
  if (typeof choice.text !== 'string') choice.text = '';
  // Text completions have a form of log probabilities of their own.
  if (choice.logprobs === undefined || repairLogprobs(choice.logprobs) === null) choice.logprobs = null;
  const native = choice.finish_reason;
  if (typeof native !== 'string' || native === '') {
    choice.finish_reason = null;
    return;
  }
  const reason = toFinishReason(native);
  choice.native_finish_reason ??= native;
  choice.finish_reason = reason === 'length' || reason === 'content_filter' ? reason : 'stop';
}

function toResponse(body: unknown, exchange: WireExchange): unknown {
  if (!isRecord(body)) throw upstreamError('not-an-answer', body, exchange);
  refuseError(body, 'error-in-answer', exchange);
  if (body.status === 'failed') throw upstreamError('error-in-answer', body, exchange);
  if (!Array.isArray(body.output) && body.status !== 'queued' && body.status !== 'in_progress') {
    throw upstreamError('not-an-answer', body, exchange);
  }
  responseUsage(body);
  return body;
}
