import { type Gateway, routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { ask, bodyOf, echo, messages, until } from '../public/harness.ts';
import { chunk, completion, streamText } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { ANSWER_USD, eventsOf, stage } from './stage.ts';

const MODELS = { m: ['one/m'], own: ['one/own'], both: ['one/own', 'two/m'] };
const unpricedBy = 'deployment' as const;

describe('a call without a known price', () => {
  it('is counted in the report beside the money that is known, and told by an event', async () => {
    const { gateway, clock } = await stage({ models: MODELS });
    const told = eventsOf(gateway, 'usage.unpriced');
    const ended = eventsOf(gateway, 'request.end');
    const search = gateway.for({ team: 'search' });
    await ask(search, 'm');
    const answer = await search.chat.completions.create({ model: 'own', messages });
    expect(routeOf(answer)?.costUsd).toBeUndefined();
    expect(await gateway.control.usage({ by: unpricedBy })).toMatchObject([
      { deployment: 'one/m', requests: 1, unpricedRequests: 0, costUsd: ANSWER_USD },
      { deployment: 'one/own', requests: 1, unpricedRequests: 1, costUsd: 0, inputTokens: 10, outputTokens: 5 },
    ]);
    expect(await gateway.control.usage({ by: 'team' })).toMatchObject([
      { team: 'search', requests: 2, unpricedRequests: 1, costUsd: ANSWER_USD },
    ]);
    expect(told).toEqual([
      {
        type: 'usage.unpriced',
        at: clock.now(),
        requestId: routeOf(answer)?.requestId,
        caller: { team: 'search' },
        model: 'own',
        operation: 'chat',
        deployment: 'one/own',
        provider: 'one',
        upstreamModel: 'own',
        attempt: 1,
        usage: expect.objectContaining({ inputTokens: 10, outputTokens: 5 }),
      },
    ]);
    expect(ended.map(({ costUsd }) => costUsd)).toEqual([ANSWER_USD, undefined]);
  });

  it('is told whole and streamed, over chat, responses, completions, embeddings, images and speech', async () => {
    const { gateway } = await stage({ models: MODELS }, answerAnything);
    const told = eventsOf(gateway, 'usage.unpriced');
    await ask(gateway, 'own');
    for await (const _ of await gateway.chat.completions.create({ model: 'own', messages, stream: true }));
    await gateway.responses.create({ model: 'own', input: 'hello' });
    for await (const _ of await gateway.responses.create({ model: 'own', input: 'hello', stream: true }));
    await gateway.completions.create({ model: 'own', prompt: 'hello' });
    await gateway.embeddings.create({ model: 'own', input: 'hello' });
    await gateway.images.generate({ model: 'own', prompt: 'a door' });
    await (await gateway.audio.speech.create({ model: 'own', input: 'hello', voice: 'alloy' })).arrayBuffer();
    const operations = ['chat', 'chat', 'responses', 'responses', 'completions', 'embeddings', 'images.generate', 'audio.speech'];
    await until(() => told.length === operations.length);
    expect(told.map(({ operation }) => operation)).toEqual(operations);
    expect(await gateway.control.usage()).toMatchObject([{ requests: 8, unpricedRequests: 8, costUsd: 0 }]);
  });

  it('counts too where its answer reports no tokens at all, since it may cost by other measures', async () => {
    const free = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
    const { gateway } = await stage({ models: MODELS }, (exchange) => exchange.answer(200, completion('', { usage: free })));
    await ask(gateway, 'own');
    expect(await gateway.control.usage()).toMatchObject([{ requests: 1, unpricedRequests: 1, outputTokens: 0 }]);
  });

  it('counts each attempt that used something: a stream that breaks, and one that its reader leaves', async () => {
    const { gateway } = await stage({ models: MODELS }, async (exchange) => {
      await exchange.sseHead();
      await exchange.sse(chunk({ role: 'assistant', content: 'some' }), chunk({ content: ' text' }));
      if (exchange.index === 0) exchange.reset();
    });
    const told = eventsOf(gateway, 'usage.unpriced');
    const broken = await gateway.chat.completions.create({ model: 'own', messages, stream: true });
    await expect(drain(broken)).rejects.toMatchObject({ code: 'stream_interrupted' });
    const left = await gateway.chat.completions.create({ model: 'own', messages, stream: true });
    for await (const _ of left) break;
    await until(() => told.length === 2);
    expect(told.every(({ usage }) => usage.inputTokens > 0 && usage.outputTokens > 0)).toBe(true);
    expect(await gateway.control.usage()).toMatchObject([{ requests: 2, failures: 2, unpricedRequests: 2 }]);
  });

  it('leaves out a failure that used nothing, and an attempt whose price is known', async () => {
    const { gateway } = await stage({ models: MODELS }, (exchange) =>
      exchange.index === 0 ? exchange.answer(503, { error: { message: 'busy' } }) : echo(exchange),
    );
    expect(await endedWithoutWord(gateway, () => ask(gateway, 'both'))).toBe(true);
    expect(await gateway.control.usage({ by: unpricedBy })).toMatchObject([
      { deployment: 'one/own', requests: 1, failures: 1, unpricedRequests: 0 },
      { deployment: 'two/m', requests: 1, unpricedRequests: 0, costUsd: ANSWER_USD },
    ]);
  });

  it('is none where unknownPrice states one', async () => {
    const { gateway } = await stage({ models: MODELS, unknownPrice: { input: 1, output: 2 } });
    expect(await endedWithoutWord(gateway, () => ask(gateway, 'own'))).toBe(true);
    expect(await gateway.control.usage()).toMatchObject([{ requests: 1, unpricedRequests: 0, costUsd: ANSWER_USD }]);
  });

  it('is none where no model is asked for anything', async () => {
    const { gateway } = await stage({ models: MODELS, defaultProvider: 'one' }, (exchange) =>
      exchange.answer(200, { object: 'list', data: [], has_more: false }),
    );
    expect(await endedWithoutWord(gateway, () => gateway.files.list())).toBe(true);
    expect(await gateway.control.usage()).toMatchObject([{ requests: 1, unpricedRequests: 0, costUsd: 0 }]);
  });
});

/** Whether a call came to its end and no event told of a missing price. */
async function endedWithoutWord(gateway: Gateway, call: () => PromiseLike<unknown>): Promise<boolean> {
  const told = eventsOf(gateway, 'usage.unpriced');
  const ended = eventsOf(gateway, 'request.end');
  await call();
  await until(() => ended.length === 1);
  return told.length === 0;
}

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

function answerAnything(exchange: FaultExchange): unknown {
  const { path } = exchange.request;
  const streamed = bodyOf(exchange).stream === true;
  if (path.endsWith('/responses')) return streamed ? streamResponse(exchange) : exchange.answer(200, RESPONSE);
  if (path.endsWith('/embeddings')) return exchange.answer(200, EMBEDDING);
  if (path.endsWith('/images/generations')) return exchange.answer(200, { created: 1, data: [{ b64_json: 'AA==' }] });
  if (path.endsWith('/audio/speech')) return exchange.answer(200, 'sound', { 'content-type': 'audio/mpeg' });
  if (path.endsWith('/chat/completions')) return streamed ? streamText(exchange, 'some', ' text') : echo(exchange);
  return exchange.answer(200, TEXT_COMPLETION);
}

async function streamResponse(exchange: FaultExchange): Promise<void> {
  const begun = { ...RESPONSE, status: 'in_progress', output: [], usage: null };
  await exchange.sseHead();
  await exchange.sse(
    { type: 'response.created', sequence_number: 0, response: begun },
    {
      type: 'response.output_text.delta',
      sequence_number: 1,
      item_id: 'msg_1',
      output_index: 0,
      content_index: 0,
      delta: 'some',
    },
    { type: 'response.completed', sequence_number: 2, response: RESPONSE },
  );
  await exchange.lastChunk();
}

const RESPONSE = {
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  status: 'completed',
  model: 'own',
  output: [
    {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'some', annotations: [] }],
    },
  ],
  usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5 },
};

const EMBEDDING = {
  object: 'list',
  model: 'own',
  data: [{ object: 'embedding', index: 0, embedding: [0.5] }],
  usage: { prompt_tokens: 3, total_tokens: 3 },
};

const TEXT_COMPLETION = {
  id: 'cmpl-1',
  object: 'text_completion',
  created: 1,
  model: 'own',
  choices: [{ index: 0, text: 'x', finish_reason: 'stop', logprobs: null }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};
