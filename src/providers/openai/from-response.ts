import { saysError } from '../error-body.ts';
import type { WireExchange } from '../wire.ts';
import { repairHead } from './answer-head.ts';
import { answerUsage, responseUsage, typedUsage } from './answer-usage.ts';
import { repairLogprobs, toChatCompletion } from './chat-answer.ts';
import { toEmbeddings } from './embeddings.ts';
import { noAnswer, refuseError, upstreamError } from './errors-in-answers.ts';
import { toFinishReason } from './finish-reason.ts';
import type { VendorQuirks } from './quirks.ts';
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
      if (!hasAnswer(body) && saysError(body)) throw upstreamError('error-in-answer', body, exchange);
      typedUsage(body, exchange.request.operation);
      return body;
  }
}

/** What images, transcripts, moderations and decisions have, each one of them; an error's envelope may have it empty. */
function hasAnswer({ data, text, results, output }: RawRecord): boolean {
  return typeof text === 'string' || Boolean(data) || Boolean(results) || Boolean(output);
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
    if (repairTextChoice(choice, position) === 'error') throw upstreamError('error-in-answer', answer, exchange);
    choice.finish_reason ??= 'stop';
  }
  answer.usage = answerUsage(answer.usage, choices, quirks);
  return body;
}

/** A choice of a text completion, whole or streamed; `error` if its finish says that it broke off. */
export function repairTextChoice(choice: RawChoice, position: number): 'error' | undefined {
  if (!Number.isInteger(choice.index)) choice.index = position;
  if (typeof choice.text !== 'string') choice.text = '';
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

function toResponse(body: unknown, exchange: WireExchange): unknown {
  if (!isRecord(body)) throw noAnswer(body, 'error-in-answer', exchange);
  refuseError(body, 'error-in-answer', exchange);
  if (body.status === 'failed') throw upstreamError('error-in-answer', body, exchange);
  if (!Array.isArray(body.output) && body.status !== 'queued' && body.status !== 'in_progress') {
    throw noAnswer(body, 'error-in-answer', exchange);
  }
  responseUsage(body);
  return body;
}
