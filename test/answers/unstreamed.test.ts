import { expect, it } from 'vitest';
import { schemaProblems } from '../recorded/schema.ts';
import { answerOf } from '../usage/answers.ts';
import { openStream, readAll, type Stage, stageOf } from './stage.ts';
import { STREAM_WIRES, type StreamWire, SURFACES } from './wires.ts';

const USAGE: Record<string, unknown> = {
  anthropic: { input_tokens: 10, output_tokens: 5 },
  google: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
  bedrock: { inputTokens: 10, outputTokens: 5, totalTokens: 15 },
  cohere: { tokens: { input_tokens: 10, output_tokens: 5 } },
};
const OPENAI_USAGE = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

const RESPONSE = {
  ...{ incomplete_details: null, instructions: null, metadata: {}, tools: [], tool_choice: 'auto', parallel_tool_calls: true },
  ...{ temperature: 1, top_p: 1 },
};

function wholeOf({ type, operation }: StreamWire): unknown {
  if (operation === 'completions') {
    const choices = [{ index: 0, text: 'hi', logprobs: null, finish_reason: 'stop' }];
    return { id: 'c', object: 'text_completion', created: 1, model: 'm', choices, usage: OPENAI_USAGE };
  }
  if (operation === 'responses') {
    const part = { type: 'output_text', text: 'hi', annotations: [], logprobs: [] };
    const message = { id: 'msg_1', type: 'message', role: 'assistant', status: 'completed', content: [part] };
    const call = { id: 'fc_1', type: 'function_call', call_id: 'x', name: 'look', arguments: '{}', status: 'completed' };
    const details = {
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      output_tokens_details: { reasoning_tokens: 0 },
    };
    const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 15, ...details };
    return {
      ...RESPONSE,
      id: 'resp_1',
      object: 'response',
      created_at: 1,
      model: 'm',
      status: 'completed',
      error: null,
      output: [message, call],
      usage,
    };
  }
  return answerOf(type, USAGE[type] ?? OPENAI_USAGE);
}

async function expectMetered({ attempts, balance }: Stage): Promise<void> {
  expect(attempts).toMatchObject([{ failure: undefined, usage: { inputTokens: 10, outputTokens: 5 } }]);
  expect(await balance()).toMatchObject({ spent: { requests: 1, tokens: 15, usd: 0.000_02 } });
}

it.each(SURFACES)(
  'a whole answer of $wire.type ($wire.operation) becomes the stream of $as that was asked for',
  async ({ wire, as }) => {
    const stage = await stageOf(STREAM_WIRES, (exchange) => exchange.answer(200, wholeOf(wire)));
    const items = (await readAll(await openStream(stage.gateway, wire, as))) as Record<string, never>[];
    const text = JSON.stringify(items.map((item) => item.choices?.[0] ?? [item.type, item.delta]));
    expect(text).toContain('"hi"');
    if (as === 'chat') {
      expect(items.flatMap((item) => schemaProblems('CreateChatCompletionStreamResponse', item))).toEqual([]);
      const finishes = items.flatMap((item) =>
        (item.choices as unknown as { finish_reason?: string }[]).flatMap((choice) => choice.finish_reason ?? []),
      );
      expect(finishes).toEqual(['stop']);
    }
    if (as === 'responses') {
      expect(items.flatMap((item) => schemaProblems('ResponseStreamEvent', item))).toEqual([]);
      expect([items[0]?.type, items.at(-1)?.type]).toEqual(['response.created', 'response.completed']);
    }
    await expectMetered(stage);
  },
);

it('the helper that joins a stream of Responses events takes one made of a whole answer', async () => {
  const wire = STREAM_WIRES.find(({ operation }) => operation === 'responses') as StreamWire;
  const { gateway } = await stageOf(STREAM_WIRES, (exchange) => exchange.answer(200, wholeOf(wire)));
  const final = await gateway.responses.stream({ model: `openai/${wire.model}`, input: 'hello' }).finalResponse();
  expect(final).toMatchObject({ output_text: 'hi', output: [{ type: 'message' }, { type: 'function_call', name: 'look' }] });
});

const OPENAI = [
  { type: 'openai', model: 'whisper-1' },
  { type: 'openai', model: 'gpt-image-1' },
];
const OPENAI_AUDIO = { type: 'tokens', input_tokens: 10, output_tokens: 5, total_tokens: 15 };
const file = new File([new Uint8Array(64)], 'a.wav');

it.each([
  ['json', { text: 'hello', usage: OPENAI_AUDIO }, 'application/json', { usage: expect.anything() }],
  ['text', 'hello', 'text/plain; charset=utf-8', {}],
])('a transcript that comes whole as %s is a stream of its text', async (_form, body, contentType, more) => {
  const { gateway, attempts } = await stageOf(OPENAI, (exchange) => exchange.answer(200, body, { 'content-type': contentType }), {
    unknownPrice: { input: 1, output: 2 },
  });
  const items = await readAll(await gateway.audio.transcriptions.create({ model: 'openai/whisper-1', file, stream: true }));
  expect(items).toMatchObject([
    { type: 'transcript.text.delta', delta: 'hello' },
    { type: 'transcript.text.done', text: 'hello', ...more },
  ]);
  expect(attempts).toMatchObject([{ failure: undefined }]);
});

it('images that come whole are events of their completion, with the usage of all on the last', async () => {
  const usage = {
    input_tokens: 10,
    output_tokens: 5,
    total_tokens: 15,
    input_tokens_details: { text_tokens: 10, image_tokens: 0 },
  };
  const stage = await stageOf(OPENAI, (exchange) =>
    exchange.answer(200, { created: 1, size: '1024x1024', data: [{ b64_json: 'AAAA' }, { b64_json: 'BBBB' }], usage }),
  );
  const asked = { model: 'openai/gpt-image-1', prompt: 'a cat', n: 2, stream: true as const };
  const items = await readAll(await stage.gateway.images.generate(asked));
  expect(items).toMatchObject([
    { type: 'image_generation.completed', b64_json: 'AAAA', created_at: 1, size: '1024x1024' },
    { type: 'image_generation.completed', b64_json: 'BBBB', usage: { output_tokens: 5 } },
  ]);
  expect(stage.attempts).toMatchObject([{ failure: undefined, usage: { inputTokens: 10, outputTokens: 5 } }]);
});

it.each(SURFACES)('an error of $wire.type in a 200 ($as) stays one', async ({ wire, as }) => {
  const body = ['bedrock', 'cohere'].includes(wire.type)
    ? { message: 'no room' }
    : { type: 'error', error: { message: 'no room', type: 'api_error' } };
  const { gateway, balance } = await stageOf(STREAM_WIRES, (exchange) => exchange.answer(200, body));
  const error = await openStream(gateway, wire, as).then(readAll, (thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'failover_exhausted', message: expect.stringContaining('no room') });
  expect(await balance()).toMatchObject({ reserved: { tokens: 0 } });
});

it.each(STREAM_WIRES)('a page instead of a stream of $type ($operation) is no answer', async (wire) => {
  const { gateway } = await stageOf(STREAM_WIRES, (exchange) =>
    exchange.answer(200, '<html>log in</html>', { 'content-type': 'text/html' }),
  );
  await expect(openStream(gateway, wire)).rejects.toMatchObject({ code: 'failover_exhausted', status: 502 });
});

it('a stream of what has none is told as such', async () => {
  const [wire] = STREAM_WIRES as [StreamWire];
  const { gateway } = await stageOf(STREAM_WIRES, async (exchange) => {
    await exchange.sseHead();
    await exchange.sse(...wire.events.map(({ data }) => data));
    await exchange.lastChunk();
  });
  const asking = gateway.embeddings.create({ model: `${wire.type}/${wire.model}`, input: 'hi' });
  await expect(asking).rejects.toMatchObject({
    code: 'failover_exhausted',
    status: 502,
    message: expect.stringContaining('not asked for'),
  });
});

const GEMINI = STREAM_WIRES.find(({ type }) => type === 'google') as StreamWire;
const item = (parts: object[], more: object = {}, last: object = {}) => ({
  candidates: [{ content: { role: 'model', parts }, index: 0, ...more }],
  modelVersion: 'gemini',
  ...last,
});
const finished = { finishReason: 'STOP' };
const counted = { usageMetadata: USAGE.google };

it.each(['chat', 'responses'] as const)(
  'the items of a Gemini stream that come as a list of JSON become the stream of %s that was asked for',
  async (as) => {
    const call = { functionCall: { name: 'look', args: { at: 'it' } } };
    const items = [item([{ text: 'h' }], {}, counted), item([{ text: 'i' }, call]), item([], finished, counted)];
    const stage = await stageOf(STREAM_WIRES, (exchange) => exchange.answer(200, items));
    const text = JSON.stringify(await readAll(await openStream(stage.gateway, GEMINI, as)));
    expect(text).toContain('"hi"');
    expect(text).toContain('"look"');
    await expectMetered(stage);
  },
);

it.each([
  ['is not over', [item([{ text: 'h' }])]],
  ['has an error in it', [item([{ text: 'h' }]), { error: { code: 503, message: 'The model is overloaded.' } }]],
  ['is empty', []],
  ['has something else in it', [item([{ text: 'h' }], finished), 5]],
])('such a list that %s is no answer', async (_what, items) => {
  const stage = await stageOf(STREAM_WIRES, (exchange) => exchange.answer(200, items));
  await expect(openStream(stage.gateway, GEMINI, 'chat').then(readAll)).rejects.toMatchObject({ attempts: [{ failure: {} }] });
});
