import type { Operation } from '../../core/operation.ts';
import { hasError, saysError } from '../error-body.ts';
import type { WireExchange } from '../wire.ts';
import { repairHead } from './answer-head.ts';
import { answerUsage, responseUsage, typedUsage } from './answer-usage.ts';
import { repairLogprobs, toChatCompletion } from './chat-answer.ts';
import { toEmbeddings } from './embeddings.ts';
import { noAnswer, refuseError, upstreamError } from './errors-in-answers.ts';
import { toFinishReason } from './finish-reason.ts';
import type { VendorQuirks } from './quirks.ts';
import { repairOutput } from './repair-output.ts';
import { isRecord, type RawAnswer, type RawChoice, type RawRecord } from './wire-types.ts';

/** A whole 2xx answer of an OpenAI-wire vendor in OpenAI's form. Throws `UpstreamError` if it is an error or none. */
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
      if (!isRecord(body)) throw noAnswer(body, 'error-in-answer', exchange);
      refuseError(body, 'error-in-answer', exchange);
      if (!hasAnswer(body, exchange.request.operation)) throw noAnswer(body, 'error-in-answer', exchange);
      typedUsage(body, exchange.request.operation);
      return body;
  }
}

/**
 * Whether a body has what answers of its operation have; an error's envelope may have it empty. An answer of images may have
 * none, as all can have been held back, or have them in a field of the vendor's own.
 */
function hasAnswer(body: RawRecord, operation: Operation): boolean {
  const { data, text, results, output, segments } = body;
  if (operation.startsWith('images.') && data !== undefined && !isListOfRecords(data)) return false;
  if (operation.startsWith('audio.')) return typeof text === 'string' || Array.isArray(segments);
  return Boolean(data) || Boolean(results) || Boolean(output) || !saysError(body);
}

function isListOfRecords(value: unknown): boolean {
  return Array.isArray(value) && value.every(isRecord);
}

function toCompletion(body: unknown, exchange: WireExchange, quirks: VendorQuirks): unknown {
  if (!isRecord(body)) throw noAnswer(body, 'error-in-answer', exchange);
  const answer: RawAnswer = body;
  refuseError(answer, 'error-in-answer', exchange);
  const { choices } = answer;
  if (!Array.isArray(choices) || choices.length === 0) throw noAnswer(body, 'error-in-answer', exchange);
  repairHead(answer, 'text_completion', exchange);
  for (const [position, choice] of choices.entries()) {
    if (!isRecord(choice)) throw upstreamError('not-an-answer', body, exchange);
    if (hasError(choice.error)) throw upstreamError('error-in-answer', { error: choice.error, usage: answer.usage }, exchange);
    if (repairTextChoice(choice, position) === 'error') throw upstreamError('error-in-answer', answer, exchange);
    choice.finish_reason ??= 'stop';
  }
  answer.usage = answerUsage(answer, choices, quirks);
  return body;
}

/** A choice of a text completion, whole or streamed; `error` if its finish says that it broke off. */
export function repairTextChoice(choice: RawChoice, position: number): 'error' | undefined {
  if (!Number.isInteger(choice.index)) choice.index = position;
  if (typeof choice.text !== 'string') choice.text = textOfMessage(choice.message ?? choice.delta);
  // Text completions have a form of log probabilities of their own.
  if (choice.logprobs === undefined || repairLogprobs(choice.logprobs) === null) choice.logprobs = null;
  const native = choice.finish_reason;
  if (typeof native !== 'string' || native === '') {
    choice.finish_reason = null;
    return undefined;
  }
  const reason = toFinishReason(native);
  choice.native_finish_reason ??= native;
  choice.finish_reason = reason === 'length' || reason === 'content_filter' ? reason : 'stop';
  return reason === 'error' ? reason : undefined;
}

/** Some hosts answer here as in chat. */
function textOfMessage(message: unknown): string {
  return isRecord(message) && typeof message.content === 'string' ? message.content : '';
}

function toResponse(body: unknown, exchange: WireExchange): unknown {
  if (!isRecord(body)) throw noAnswer(body, 'error-in-answer', exchange);
  refuseError(body, 'error-in-answer', exchange);
  if (body.status === 'failed') throw upstreamError('error-in-answer', body, exchange);
  if (!Array.isArray(body.output) && body.status !== 'queued' && body.status !== 'in_progress') {
    throw noAnswer(body, 'error-in-answer', exchange);
  }
  repairOutput(body);
  responseUsage(body);
  return body;
}
