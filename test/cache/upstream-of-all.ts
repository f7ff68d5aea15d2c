import { bodyOf } from '../public/harness.ts';
import { chunk, completion, usageChunk } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';

const SPOKEN = Uint8Array.from({ length: 5_000 }, (_, place) => place % 256);

/** An upstream of every operation, whole and streamed. Its answers bear numbers, so that two of them are never the same. */
export function upstreamOfAll(text = '{"city":"Oslo"}') {
  let count = 0;
  return async (exchange: FaultExchange): Promise<void> => {
    count += 1;
    const id = `answer-${count}`;
    const { stream } = bodyOf(exchange);
    const path = exchange.request.path.split('/v1')[1];
    if (path === '/audio/speech') return exchange.answer(200, SPOKEN, { 'content-type': 'audio/mpeg' });
    if (path === '/embeddings') return exchange.answer(200, embeddings(count));
    if (path === '/moderations') return exchange.answer(200, { id, model: 'm', results: [{ flagged: false }] });
    if (path === '/images/generations') return exchange.answer(200, { created: count, data: [{ b64_json: 'QUJD' }] });
    if (path === '/completions')
      return stream ? answerEvents(exchange, textChunks(id, text)) : exchange.answer(200, textOf(id, text));
    if (path === '/responses') {
      const events = responseEvents(id, text);
      return stream ? answerEvents(exchange, events) : exchange.answer(200, (events.at(-1) as { response: object }).response);
    }
    if (!stream) return exchange.answer(200, completion(text, { id }));
    const pieces = [...text].map((content) => ({ ...chunk({ content }), id }));
    const first = { ...chunk({ role: 'assistant', content: '' }), id };
    return answerEvents(exchange, [first, ...pieces, { ...chunk({}, 'stop'), id }, { ...usageChunk(), id }, '[DONE]']);
  };
}

export async function answerEvents(exchange: FaultExchange, events: readonly unknown[]): Promise<void> {
  await exchange.sseHead();
  await exchange.sse(...events);
  await exchange.lastChunk();
}

function embeddings(count: number): object {
  const data = [{ object: 'embedding', index: 0, embedding: Buffer.from(Float32Array.of(count, 0.5).buffer).toString('base64') }];
  return { object: 'list', model: 'm', data, usage: { prompt_tokens: 1, total_tokens: 1 } };
}

const USAGE = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

function textOf(id: string, text: string): object {
  const choices = [{ index: 0, text, finish_reason: 'stop', logprobs: null }];
  return { id, object: 'text_completion', created: 1, model: 'm', choices, usage: USAGE };
}

function textChunks(id: string, text: string): unknown[] {
  const head = { id, object: 'text_completion', created: 1, model: 'm' };
  const pieces = [...text].map((piece) => ({
    ...head,
    choices: [{ index: 0, text: piece, finish_reason: null, logprobs: null }],
  }));
  const end = { ...head, choices: [{ index: 0, text: '', finish_reason: 'stop', logprobs: null }] };
  return [...pieces, end, { ...head, choices: [], usage: USAGE }, '[DONE]'];
}

function responseEvents(id: string, text: string): object[] {
  const part = { type: 'output_text', text, annotations: [], logprobs: [] };
  const item = { id: 'msg_1', type: 'message', role: 'assistant', status: 'completed', content: [part] };
  const usage = {
    input_tokens: 10,
    output_tokens: 5,
    total_tokens: 15,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens_details: { reasoning_tokens: 0 },
  };
  const head = { id, object: 'response', created_at: 1, model: 'm', error: null, tools: [], metadata: {} };
  const whole = { ...head, status: 'completed', output: [item], usage };
  const begun = { ...head, status: 'in_progress', output: [] };
  const place = { output_index: 0, content_index: 0, item_id: item.id };
  const events = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    { type: 'response.output_item.added', output_index: 0, item: { ...item, status: 'in_progress', content: [] } },
    { type: 'response.content_part.added', ...place, part: { ...part, text: '' } },
    ...[...text].map((delta) => ({ type: 'response.output_text.delta', ...place, delta, logprobs: [] })),
    { type: 'response.output_text.done', ...place, text, logprobs: [] },
    { type: 'response.content_part.done', ...place, part },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: whole },
  ];
  return events.map((event, place) => ({ ...event, sequence_number: place }));
}
