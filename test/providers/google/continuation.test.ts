import type OpenAI from 'openai';
import type { Gateway, GatewayConfig } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { bodies, bodyOf, failureOf, gatewayOf, messages, upstream } from '../../public/harness.ts';
import type { FaultExchange, FaultServer } from '../../support/fault-server.ts';

const TOKEN = 'dG9rZW4=';
const CUT = { finishReason: 'CONTINUATION', continuationToken: TOKEN };

const item = (text: string, more: object = {}, promptTokenCount = 1_000) => ({
  responseId: 'r',
  candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] }, ...more }],
  usageMetadata: { promptTokenCount, candidatesTokenCount: 100, totalTokenCount: promptTokenCount + 100 },
});
const FIRST = item('The first half,', CUT);
const SECOND = item(' and the second.', { finishReason: 'STOP' }, 1_100);

/** Gemini, which gives the first half of an answer, and the second to whoever brings its token. */
function inHalves(exchange: FaultExchange): Promise<void> {
  return answering(bodyOf(exchange).continuationToken === TOKEN ? [SECOND] : [FIRST])(exchange);
}

/** One item for a whole answer; for a stream all of them. */
function answering(items: readonly object[]) {
  return async (exchange: FaultExchange): Promise<void> => {
    if (!exchange.request.path.includes(':streamGenerateContent')) return exchange.answer(200, items.at(-1));
    await exchange.sseHead();
    await exchange.sse(...items);
    await exchange.lastChunk();
  };
}

async function geminiBy(
  script: (exchange: FaultExchange) => unknown,
  more: Partial<GatewayConfig> = {},
): Promise<{ gateway: Gateway; server: FaultServer }> {
  const server = await upstream(script);
  const gateway = gatewayOf({
    providers: { google: { apiKey: 'k', baseURL: server.origin } },
    models: { m: ['google/gemini-4-argon'] },
    ...more,
  });
  return { gateway, server };
}

type Params = Omit<OpenAI.ChatCompletionCreateParamsNonStreaming, 'model' | 'messages'>;

interface Chosen {
  content: string;
  finish: string | null | undefined;
  native: string | null | undefined;
  token: string | undefined;
  inputTokens: number | undefined;
}

async function chat(gateway: Gateway, stream: boolean, params: Params = {}): Promise<Chosen> {
  const asked = { model: 'm', messages, ...params };
  if (!stream) {
    const { choices, usage } = await gateway.chat.completions.create({ ...asked, stream: false });
    const [choice] = choices;
    return {
      content: choice?.message.content ?? '',
      finish: choice?.finish_reason,
      native: choice?.native_finish_reason,
      token: choice?.message.extra_content?.google?.continuation_token,
      inputTokens: usage?.prompt_tokens,
    };
  }
  const chosen: Chosen = { content: '', finish: undefined, native: undefined, token: undefined, inputTokens: undefined };
  const chunks = await gateway.chat.completions.create({ ...asked, stream: true, stream_options: { include_usage: true } });
  for await (const { choices, usage } of chunks) {
    const [choice] = choices;
    chosen.content += choice?.delta.content ?? '';
    chosen.finish = choice?.finish_reason ?? chosen.finish;
    chosen.native = choice?.native_finish_reason ?? chosen.native;
    chosen.token = choice?.delta.extra_content?.google?.continuation_token ?? chosen.token;
    chosen.inputTokens = usage?.prompt_tokens ?? chosen.inputTokens;
  }
  return chosen;
}

type ResponseParams = Partial<OpenAI.Responses.ResponseCreateParamsNonStreaming>;

async function respond(gateway: Gateway, stream: boolean, params: ResponseParams = {}): Promise<OpenAI.Responses.Response> {
  const asked = { model: 'm', input: 'hello', ...params };
  if (!stream) return gateway.responses.create({ ...asked, stream: false });
  for await (const event of await gateway.responses.create({ ...asked, stream: true })) {
    if (event.type === 'response.completed' || event.type === 'response.incomplete') return event.response;
  }
  throw new Error('the stream had no last event');
}

const WAYS = [
  ['whole', false],
  ['streamed', true],
] as const;

describe.each(WAYS)('an answer that stopped at the limit of one request, %s,', (_, stream) => {
  it('is cut off, says so in the word of Google, and has the token to go on with', async () => {
    const { gateway } = await geminiBy(inHalves);
    expect(await chat(gateway, stream)).toEqual({
      content: 'The first half,',
      finish: 'length',
      native: 'CONTINUATION',
      token: TOKEN,
      inputTokens: 1_000,
    });
  });

  it('is one request, until the caller brings the token with the same params', async () => {
    const { gateway, server } = await geminiBy(inHalves);
    const first = await chat(gateway, stream, { temperature: 0.5 });
    expect(server.requests).toHaveLength(1);
    const second = await chat(gateway, stream, { temperature: 0.5, continuationToken: first.token ?? '' });
    expect(second).toEqual({
      content: ' and the second.',
      finish: 'stop',
      native: 'STOP',
      token: undefined,
      inputTokens: 1_100,
    });
    const [asked, again] = bodies(server);
    expect(again).toEqual({ ...asked, continuationToken: TOKEN });
  });

  it('is an incomplete response with the token, which goes on the same way', async () => {
    const { gateway, server } = await geminiBy(inHalves);
    const first = await respond(gateway, stream);
    expect(first).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens', native_finish_reason: 'CONTINUATION' },
      output: [{ type: 'message', status: 'incomplete', content: [{ text: 'The first half,' }] }],
      extra_content: { google: { continuation_token: TOKEN } },
    });
    const second = await respond(gateway, stream, { continuationToken: first.extra_content?.google?.continuation_token ?? '' });
    expect(second).toMatchObject({ status: 'completed', output: [{ content: [{ text: ' and the second.' }] }] });
    expect(second).not.toHaveProperty('extra_content');
    const [asked, again] = bodies(server);
    expect(again).toEqual({ ...asked, continuationToken: TOKEN });
  });

  it('has the token also if the request went into thinking alone', async () => {
    const thought = { candidates: [{ content: { parts: [{ text: 'hm', thought: true }] }, ...CUT }] };
    const { gateway } = await geminiBy(answering([thought]));
    expect(await chat(gateway, stream)).toMatchObject({ content: '', finish: 'length', token: TOKEN });
    expect(await respond(gateway, stream)).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      extra_content: { google: { continuation_token: TOKEN } },
    });
  });

  it.each([
    ['the whole budget of tokens is used up', 'MAX_TOKENS'],
    ['the word is another, or a number', 23],
  ])('has the token if %s', async (_case, finishReason) => {
    const { gateway } = await geminiBy(answering([item('half', { ...CUT, finishReason })]));
    expect(await chat(gateway, stream)).toMatchObject({ finish: 'length', native: String(finishReason), token: TOKEN });
  });

  it('is cut off without a token, too', async () => {
    const { gateway } = await geminiBy(answering([item('half', { finishReason: 'CONTINUATION' })]));
    expect(await chat(gateway, stream)).toMatchObject({ finish: 'length', token: undefined });
    expect(await respond(gateway, stream)).not.toHaveProperty('extra_content');
  });

  it('keeps its token under a guard that masks what looks like a secret', async () => {
    const token = `ghp_${'aB3d'.repeat(9)}`;
    const { gateway, server } = await geminiBy(answering([item(`use ${token}`, { ...CUT, continuationToken: token })]), {
      guards: [{ name: 'keys', on: 'both', mode: 'redact', use: 'secrets' }],
    });
    const masked = await chat(gateway, stream, { continuationToken: token });
    expect(masked).toMatchObject({ finish: 'length', token });
    expect(masked.content).not.toContain(token);
    expect(bodies(server)[0]).toMatchObject({ continuationToken: token });
  });
});

describe('the tokens that a stream has on its way', () => {
  const checkpoint = item('a', { continuationToken: 'earlier' });
  it.each([
    ['give way to that of the end', { finishReason: 'CONTINUATION', continuationToken: 'later' }, 'length', 'later'],
    ['serve where the end says that it goes on and has none', { finishReason: 'CONTINUATION' }, 'length', 'earlier'],
    ['are void at another limit, which they stand before', { finishReason: 'MAX_TOKENS' }, 'length', undefined],
    ['are void once the answer is whole', { finishReason: 'STOP' }, 'stop', undefined],
  ])('%s', async (_, end, finish, token) => {
    const items = [checkpoint, item('b', end)];
    const { gateway } = await geminiBy(answering(items));
    expect(await chat(gateway, true)).toMatchObject({ content: 'ab', finish, token });
    // A proxy that drops `alt=sse` makes a list of them.
    const asList = await geminiBy((exchange) => exchange.answer(200, items));
    expect(await chat(asList.gateway, true)).toMatchObject({ content: 'ab', finish, token });
  });

  it('do not make an end of what broke off', async () => {
    const { gateway } = await geminiBy(answering([checkpoint]));
    expect(await failureOf(chat(gateway, true))).toMatchObject({ name: 'StreamInterruptedError' });
  });
});

describe('the token of an answer', () => {
  it('stands on the message that the helper of a stream makes', async () => {
    const { gateway } = await geminiBy(inHalves);
    const message = await gateway.chat.completions.stream({ model: 'm', messages }).finalMessage();
    expect(message).toMatchObject({
      content: 'The first half,',
      extra_content: { google: { continuation_token: TOKEN } },
    });
  });

  it('goes to Gemini alone: other wires are passed over', async () => {
    const server = await upstream(inHalves);
    const gateway = gatewayOf({
      providers: {
        anthropic: { apiKey: 'k', baseURL: server.origin },
        cohere: { apiKey: 'k', baseURL: server.origin },
        bedrock: { apiKey: 'k', region: 'us-east-1', baseURL: server.origin },
        google: { apiKey: 'k', baseURL: server.origin },
      },
      models: {
        m: ['anthropic/claude-sonnet-4-5', 'cohere/command-a-03-2025', 'bedrock/amazon.nova-lite-v1:0', 'google/gemini-4-argon'],
        other: ['anthropic/claude-sonnet-4-5'],
      },
    });
    expect(await chat(gateway, false, { continuationToken: TOKEN })).toMatchObject({ content: ' and the second.' });
    expect(server.requests).toHaveLength(1);
    const refused = gateway.chat.completions.create({ model: 'other', messages, continuationToken: TOKEN });
    expect(String(await failureOf(refused))).toContain('continuationToken');
    expect(server.requests).toHaveLength(1);
  });

  it('is left out where a provider drops it', async () => {
    const server = await upstream(({ answer }) => answer(404, {}));
    const gateway = gatewayOf({
      providers: { cohere: { apiKey: 'k', baseURL: server.origin, drop: ['continuationToken'] } },
      models: { m: ['cohere/command-a-03-2025'] },
    });
    await failureOf(chat(gateway, false, { continuationToken: TOKEN }));
    expect(bodies(server)).toMatchObject([{ messages: [{ role: 'user' }] }]);
    expect(bodies(server)[0]).not.toHaveProperty('continuationToken');
  });

  it('has no place in the question by which a guard has an answer made anew', async () => {
    const schema = { type: 'object', properties: { age: { type: 'number' } }, required: ['age'] };
    const json = (text: string) => item(text, { finishReason: 'STOP' });
    const { gateway, server } = await geminiBy(
      (exchange) => answering([json(bodyOf(exchange).continuationToken ? 'forty' : '{"age":40}')])(exchange),
      { guards: [{ name: 'schema', on: 'output', mode: 'block', use: 'json-schema', repair: true, schema }] },
    );
    const format = { type: 'json_schema' as const, json_schema: { name: 'person', schema } };
    expect(await chat(gateway, false, { continuationToken: TOKEN, response_format: format })).toMatchObject({
      content: '{"age":40}',
    });
    expect(bodies(server).map(({ continuationToken }) => continuationToken)).toEqual([TOKEN, undefined]);
  });

  it('is a text', async () => {
    const { gateway, server } = await geminiBy(inHalves);
    const asked = chat(gateway, false, { continuationToken: 5 as never });
    expect(await failureOf(asked)).toMatchObject({ status: 400, message: expect.stringContaining('continuationToken') });
    expect(server.requests).toHaveLength(0);
  });

  it('is what a limit beyond that of one request is for', async () => {
    const models = { m: ['google/gemini-4-argon'], older: ['google/gemini-3-pro'] };
    const { gateway, server } = await geminiBy(inHalves, { models });
    await chat(gateway, true, { max_completion_tokens: 262_144 });
    expect(bodies(server)).toMatchObject([{ generationConfig: { maxOutputTokens: 262_144 } }]);
    const older = gateway.chat.completions.create({ model: 'older', messages, max_completion_tokens: 262_144 });
    expect(String(await failureOf(older))).toContain('max_completion_tokens');
  });
});
