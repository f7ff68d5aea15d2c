import type OpenAI from 'openai';
import type { Gateway } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { failureOf, messages } from '../public/harness.ts';
import { chunk, completion } from '../support/chat-upstream.ts';
import { openStream, readAll, stageOf } from './stage.ts';
import { bytesOf, STREAM_WIRES, type StreamWire, streamHead, type UpstreamEvent } from './wires.ts';

const CHAT = STREAM_WIRES[0] as StreamWire;
const USAGE = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

/** What a wire's upstream answers to whatever it is asked for. */
function answering(type: string, model: string, body: unknown, headers?: Record<string, string>) {
  return stageOf([{ type, model }], (exchange) => exchange.answer(200, body, headers), { budgets: [] });
}

async function streamOf(wire: StreamWire, ...events: readonly UpstreamEvent[]) {
  const stage = await stageOf([wire], async (exchange) => {
    await streamHead(exchange, wire);
    await exchange.write(bytesOf(wire, events));
    exchange.end();
  });
  return { ...stage, read: async () => readAll(await openStream(stage.gateway, wire)) };
}

const plain = (data: unknown): UpstreamEvent => ({ name: undefined, data });
const DONE = plain('[DONE]');
const chosen = (choice: object, rest: object = {}) =>
  completion('', { choices: [{ index: 0, finish_reason: 'stop', ...choice }], ...rest });

describe('a chat answer', () => {
  const ask = async (body: unknown) => {
    const { gateway } = await answering('openai-compatible', 'm', body);
    const { choices } = await gateway.chat.completions.create({ model: 'openai-compatible/m', messages });
    return choices[0];
  };

  it('that announces calls and has none just stopped', async () => {
    const body = chosen({ message: { content: 'Hi.' }, finish_reason: 'tool_calls' });
    expect(await ask(body)).toMatchObject({ finish_reason: 'stop', native_finish_reason: 'tool_calls' });
  });

  it('whose content is one part has its text', async () => {
    expect(await ask(chosen({ message: { content: { type: 'text', text: 'Hi.' } } }))).toMatchObject({
      message: { content: 'Hi.' },
    });
  });

  it('of the older form has its arguments as text', async () => {
    const call = (args: unknown) =>
      chosen({ message: { function_call: { name: 'f', arguments: args } }, finish_reason: 'function_call' });
    expect((await ask(call({ a: 1 })))?.message.function_call).toEqual({ name: 'f', arguments: '{"a":1}' });
    expect((await ask(call(null)))?.message.function_call).toEqual({ name: 'f', arguments: '{}' });
  });

  it('with an empty error in a choice is an answer', async () => {
    expect(await ask(chosen({ message: { content: 'Hi.' }, error: { code: null, message: null } }))).toMatchObject({
      message: { content: 'Hi.' },
    });
  });
});

describe('a chat stream', () => {
  it('that announces calls and has none just stopped', async () => {
    const { read } = await streamOf(CHAT, plain(chunk({ content: 'Hi.' })), plain(chunk({}, 'tool_calls')), DONE);
    const items = (await read()) as OpenAI.ChatCompletionChunk[];
    expect(items.at(-1)?.choices[0]).toMatchObject({ finish_reason: 'stop', native_finish_reason: 'tool_calls' });
  });

  it('whose content is one part has its text, and the older form its arguments as text', async () => {
    const { read } = await streamOf(
      CHAT,
      plain(chunk({ content: { type: 'text', text: 'Hi.' } })),
      plain(chunk({ function_call: { name: 'f', arguments: { a: 1 } } })),
      plain(chunk({}, 'function_call')),
      DONE,
    );
    const items = (await read()) as OpenAI.ChatCompletionChunk[];
    expect(items.map(({ choices }) => choices[0]?.delta)).toMatchObject([
      { content: 'Hi.' },
      { function_call: { name: 'f', arguments: '{"a":1}' } },
      {},
    ]);
    expect(items.at(-1)?.choices[0]?.finish_reason).toBe('function_call');
  });
});

describe('a text completion', () => {
  const wire = { type: 'openai-compatible', model: 'm', operation: 'completions' } as StreamWire;
  const text = (choice: object, rest: object = {}) => ({
    id: 'x',
    object: 'text_completion',
    choices: [{ index: 0, text: '', finish_reason: null, ...choice }],
    ...rest,
  });
  const error = { code: 429, message: 'Rate limit exceeded' };

  it('with an error in its choice is that error, whole and streamed', async () => {
    const { gateway, attempts } = await answering('openai-compatible', 'm', text({ error }, { usage: USAGE }));
    const whole = failureOf(gateway.completions.create({ model: 'openai-compatible/m', prompt: 'hello' }));
    expect(await whole).toMatchObject({ status: 429, message: '429 Rate limit exceeded' });
    expect(attempts).toMatchObject([{ failure: { kind: 'rate-limited' }, usage: { inputTokens: 10, outputTokens: 5 } }]);
    const streamed = await streamOf(wire, plain(text({ text: 'Hi.' }, { usage: USAGE })), plain(text({ error })), DONE);
    expect(await failureOf(streamed.read())).toMatchObject({ code: 'stream_interrupted' });
    expect(streamed.attempts).toMatchObject([{ failure: { kind: 'rate-limited' }, usage: { inputTokens: 10, outputTokens: 5 } }]);
  });

  it('answered as in chat has its text', async () => {
    const { gateway } = await answering(
      'openai-compatible',
      'm',
      text({ text: undefined, message: { content: 'Hi.' }, finish_reason: 'stop' }),
    );
    const { choices } = await gateway.completions.create({ model: 'openai-compatible/m', prompt: 'hello' });
    expect(choices[0]?.text).toBe('Hi.');
  });

  it.each([
    ["Groq's place", { x_groq: { usage: USAGE } }, {}],
    ["Moonshot's place", {}, { usage: USAGE }],
  ])('costs what is told at %s', async (_name, rest, choice) => {
    const { read, attempts } = await streamOf(
      wire,
      plain(text({ text: 'Hi.' })),
      plain(text({ finish_reason: 'stop', ...choice }, rest)),
      DONE,
    );
    expect((await read()).at(-1)).toMatchObject({ choices: [], usage: USAGE });
    expect(attempts).toMatchObject([{ usage: { inputTokens: 10, outputTokens: 5 } }]);
  });

  it('that has nothing but a marker is none', async () => {
    const { read, attempts } = await streamOf(wire, DONE);
    await failureOf(read());
    expect(attempts).toMatchObject([{ failure: { kind: 'invalid-response' } }]);
  });
});

describe('a response', () => {
  const message = { id: 'msg_1', type: 'message', role: 'assistant', status: 'completed' };
  const part = { type: 'output_text', text: 'Hi.', annotations: [] };
  const response = (output: unknown, rest: object = {}) => ({
    id: 'resp_1',
    object: 'response',
    created_at: 1,
    status: 'completed',
    model: 'm',
    output,
    ...rest,
  });
  const output = [
    null,
    { ...message, content: null },
    { ...message, content: 'Hi.' },
    { ...message, content: [null, part, { ...part, text: null }] },
    { id: 'fc_1', type: 'function_call', call_id: 'a', name: 'f', arguments: { a: 1 } },
    { id: 'fc_2', type: 'function_call', call_id: 'b', name: 'f', arguments: null },
  ];
  const repaired = [
    { content: [] },
    { content: [part] },
    { content: [part, { ...part, text: '' }] },
    { arguments: '{"a":1}' },
    { arguments: '{}' },
  ];
  const wire = STREAM_WIRES.find(({ operation }) => operation === 'responses') as StreamWire;
  const event = (type: string, of: object) => ({ name: type, data: { type, response: of } });

  it('has items that a client can read, whole and streamed', async () => {
    const { gateway } = await answering('openai', 'gpt-5', response(output));
    const answer = await gateway.responses.create({ model: 'openai/gpt-5', input: 'hello' });
    expect(answer).toMatchObject({ output: repaired, output_text: 'Hi.Hi.' });
    const { read } = await streamOf(wire, event('response.completed', response(output)));
    expect((await read()).at(-1)).toMatchObject({ response: { output: repaired } });
  });

  it('that failed is a failure under whatever name', async () => {
    const failed = response([], { status: 'failed', error: { code: 'rate_limit_exceeded', message: 'slow down' } });
    const { read, attempts } = await streamOf(wire, event('response.completed', failed));
    expect(await failureOf(read())).toMatchObject({ status: 429 });
    expect(attempts).toMatchObject([{ failure: { kind: 'rate-limited' } }]);
  });

  it('is cut off if a marker of chat takes the place of its last event', async () => {
    const { read } = await streamOf(wire, ...wire.events.slice(0, -1), DONE);
    expect(await failureOf(read())).toMatchObject({ code: 'stream_interrupted' });
  });
});

describe('an answer without what was asked for is none', () => {
  const model = 'openai/m';
  const speech = (gateway: Gateway) => gateway.audio.speech.create({ model, input: 'hello', voice: 'alloy' });
  const transcript = (gateway: Gateway) =>
    gateway.audio.transcriptions.create({ model, file: new File([new Uint8Array(9)], 'a.wav') });
  const image = (gateway: Gateway) => gateway.images.generate({ model, prompt: 'hello' });
  const embedding = (gateway: Gateway, of = model) =>
    gateway.embeddings.create({ model: of, input: 'hello', encoding_format: 'float' });
  const page = '<html><body>Please log in</body></html>';

  it.each<[string, (gateway: Gateway) => Promise<unknown>, unknown, string?]>([
    ['images that are null', image, { created: 1, data: null }],
    ['an image that is null', image, { created: 1, data: [null] }],
    ['a transcript that is null', transcript, { text: null }],
    ['a page instead of a transcript', transcript, page, 'text/html; charset=utf-8'],
    ['a page instead of speech', speech, page, 'text/html'],
    ['speech without a byte', speech, '', 'audio/mpeg'],
    ['an embedding that is null', embedding, { object: 'list', data: [{ index: 0, embedding: null }] }],
    ['an embedding without numbers', embedding, { object: 'list', data: [{ index: 0, embedding: [] }] }],
  ])('%s', async (_name, ask, body, contentType = 'application/json') => {
    const { gateway, attempts } = await answering('openai', 'm', body, { 'content-type': contentType });
    expect(await failureOf(ask(gateway))).toMatchObject({ status: 502 });
    expect(attempts).toMatchObject([{ failure: { kind: 'invalid-response' } }]);
  });

  it.each([
    ['cohere', 'embed-v4.0', { embeddings: { float: [null] } }],
    ['google', 'gemini-embedding-001', { embeddings: [{ values: [] }] }],
    ['bedrock', 'amazon.titan-embed-text-v2:0', { embedding: [] }],
  ])('an embedding of nothing, at %s', async (type, name, body) => {
    const { gateway, attempts } = await answering(type, name, body);
    await failureOf(embedding(gateway, `${type}/${name}`));
    expect(attempts).toMatchObject([{ failure: { kind: 'invalid-response' } }]);
  });
});

describe('a finish that says that the answer broke off is an error on native wires too', () => {
  it.each<[string, string, unknown]>([
    [
      'anthropic',
      'claude-sonnet-4-5',
      { content: [], stop_reason: 'network_error', usage: { input_tokens: 10, output_tokens: 5 } },
    ],
    [
      'google',
      'gemini-3-flash-preview',
      {
        candidates: [{ content: { parts: [] }, finishReason: 'ERROR' }],
        usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
      },
    ],
    [
      'bedrock',
      'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      { output: { message: { content: [] } }, stopReason: 'error', usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 } },
    ],
    [
      'cohere',
      'command-a-03-2025',
      { message: { content: [] }, finish_reason: 'error', usage: { tokens: { input_tokens: 10, output_tokens: 5 } } },
    ],
  ])('of %s, whole', async (type, name, body) => {
    const { gateway, attempts } = await answering(type, name, body);
    const failure = await failureOf(gateway.chat.completions.create({ model: `${type}/${name}`, messages }));
    expect(failure).toMatchObject({ message: expect.stringContaining('the answer broke off') });
    expect(attempts).toMatchObject([{ failure: { kind: 'transient' }, usage: { inputTokens: 10, outputTokens: 5 } }]);
  });

  const FINISH = /("(?:stop_reason|stopReason|finish_reason|finishReason)":)"\w+"/;
  it.each(STREAM_WIRES.filter(({ type }) => ['anthropic', 'google', 'bedrock', 'cohere'].includes(type)))(
    'of $type, streamed',
    async (wire) => {
      const events = wire.events.map(({ name, data }): UpstreamEvent => {
        return { name, data: JSON.parse(JSON.stringify(data).replace(FINISH, '$1"ERROR"')) };
      });
      const { read, attempts } = await streamOf(wire, ...events);
      expect(await failureOf(read())).toMatchObject({ code: 'stream_interrupted' });
      expect(attempts).toMatchObject([{ failure: { kind: 'transient' } }]);
    },
  );
});
