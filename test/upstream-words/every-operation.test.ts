import type OpenAI from 'openai';
import type { GatewayConfig } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { failureOf, gatewayOf, messages, upstream } from '../public/harness.ts';
import { chunk, completion } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';

type Ask = (client: OpenAI) => PromiseLike<unknown>;

const file = () => new File(['x'], 'a.mp3');
const ASKS: readonly (readonly [string, Ask, body: unknown])[] = [
  ['images', (client) => client.images.generate({ model: 'm', prompt: 'x' }), { created: 1, data: [{ b64_json: 'AAAA' }] }],
  ['speech', (client) => client.audio.speech.create({ model: 'm', input: 'x', voice: 'alloy' }), 'ID3 bytes'],
  ['transcriptions', (client) => client.audio.transcriptions.create({ model: 'm', file: file() }), { text: 'Hello.' }],
  ['moderations', (client) => client.moderations.create({ model: 'm', input: 'x' }), { id: 'm', results: [{ flagged: false }] }],
];

/** An error in a 200, then the kind and the words that the caller has. */
const ERRORS: readonly (readonly [string, unknown, { kind: string; status: number; words: string }])[] = [
  [
    "MiniMax's envelope",
    { data: null, base_resp: { status_code: 1008, status_msg: 'insufficient balance' } },
    { kind: 'quota-exhausted', status: 429, words: 'insufficient balance' },
  ],
  [
    "SiliconFlow's envelope with an empty answer",
    { code: 30001, message: 'Sorry, your account balance is insufficient', data: null },
    { kind: 'quota-exhausted', status: 429, words: 'balance is insufficient' },
  ],
  [
    'an envelope with an answer of an empty text',
    { code: 20012, message: 'Model does not exist. Please check it carefully.', data: '' },
    { kind: 'model-unavailable', status: 404, words: 'Model does not exist' },
  ],
  ['a status in the body', { error: { code: 503, message: 'Busy.' } }, { kind: 'overloaded', status: 503, words: 'Busy.' }],
  ['a text', { error: 'Rate limit reached' }, { kind: 'rate-limited', status: 429, words: 'Rate limit reached' }],
  ['a list', [{ error: { message: 'Invalid API key' } }], { kind: 'credential-rejected', status: 401, words: 'Invalid API key' }],
];

const account = (origin: string, place: string) => ({ type: 'openai', apiKey: 'k', baseURL: `${origin}/${place}/v1` });

function answerOf(exchange: FaultExchange, body: unknown, bad: unknown): Promise<void> {
  if (exchange.request.path.startsWith('/one'))
    return exchange.answer(200, JSON.stringify(bad), { 'content-type': 'audio/mpeg' });
  return exchange.answer(200, body, typeof body === 'string' ? { 'content-type': 'audio/mpeg' } : {});
}

describe.each(ASKS)('%s', (operation, ask, body) => {
  const clientOf = async (bad: unknown, models: string[]) => {
    const server = await upstream((exchange) =>
      operation === 'speech'
        ? answerOf(exchange, body, bad)
        : exchange.answer(200, exchange.request.path.startsWith('/one') ? bad : body),
    );
    const providers = { one: account(server.origin, 'one'), two: account(server.origin, 'two') } as GatewayConfig['providers'];
    return gatewayOf({ providers, models: { m: models }, retry: { attemptsPerDeployment: 1 } });
  };

  it.each(ERRORS)('answered with an error in a 200 is the error that it says: %s', async (_, bad, { kind, status, words }) => {
    const error = await failureOf(ask(await clientOf(bad, ['one/x'])));
    expect(error).toMatchObject({ status, attempts: [{ failure: { kind } }] });
    expect((error as Error).message).toContain(words);
  });

  it.each(ERRORS)('goes on to the next deployment, and cools the account where it is empty: %s', async (_, bad, { kind }) => {
    const client = await clientOf(bad, ['one/x', 'two/x']);
    expect(await ask(client)).toBeDefined();
    const [one] = client.control.health();
    expect(one?.state).toBe(['rate-limited', 'overloaded'].includes(kind) ? 'healthy' : 'cooling');
  });
});

it('an error as a whole body where a stream was asked for has the status that it names', async () => {
  const server = await upstream((exchange) => exchange.answer(200, { error: { code: 503, message: 'Busy.' } }));
  const gateway = gatewayOf({ providers: { one: account(server.origin, 'one') } as never, retry: { maxAttempts: 1 } });
  const error = await failureOf(gateway.chat.completions.create({ model: 'one/x', messages, stream: true }));
  expect(error).toMatchObject({ status: 503, attempts: [{ failure: { kind: 'overloaded' } }] });
});

/** Errors of other wires, as a proxy in front of a native one sends them. */
const FOREIGN: readonly (readonly [string, unknown, { kind: string; code: string; words: string }])[] = [
  [
    "MiniMax's envelope",
    { base_resp: { status_code: 1008, status_msg: 'insufficient balance' } },
    { kind: 'quota-exhausted', code: '1008', words: 'insufficient balance' },
  ],
  [
    'a flat error',
    { code: 'invalid_api_key', message: 'Wrong key.' },
    { kind: 'credential-rejected', code: 'invalid_api_key', words: 'Wrong key.' },
  ],
  ['a text', { error: 'Rate limit reached' }, { kind: 'rate-limited', code: 'rate_limited', words: 'Rate limit reached' }],
  ['a status', { error: { code: 503, message: 'Busy.' } }, { kind: 'overloaded', code: '503', words: 'Busy.' }],
  [
    "OpenAI's",
    { error: { code: 'insufficient_quota', type: 'insufficient_quota', message: 'Nothing is left.' } },
    { kind: 'quota-exhausted', code: 'insufficient_quota', words: 'Nothing is left.' },
  ],
  [
    'a detail',
    { detail: 'Invalid API key' },
    { kind: 'credential-rejected', code: 'credential_rejected', words: 'Invalid API key' },
  ],
  [
    "Anthropic's",
    { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
    { kind: 'overloaded', code: 'overloaded_error', words: 'Overloaded' },
  ],
];

const NATIVE: readonly (readonly [string, object, model: string, embeddings: string | undefined, streams: boolean])[] = [
  ['anthropic', { apiKey: 'k' }, 'claude-x', undefined, true],
  ['google', { apiKey: 'k' }, 'gemini-2.5-flash', 'gemini-embedding-001', true],
  ['cohere', { apiKey: 'k' }, 'command-a', 'embed-v4.0', true],
  // Its streams are frames of AWS's own form.
  ['bedrock', { apiKey: 'k', region: 'us-east-1' }, 'amazon.nova-lite-v1:0', 'amazon.titan-embed-text-v2:0', false],
];

describe.each(NATIVE)('an error of another wire in a 200 of %s', (name, settings, model, embeddings, streams) => {
  const failing = async (script: (exchange: FaultExchange) => unknown, ask: Ask) => {
    const server = await upstream(script);
    const providers = { [name]: { ...settings, baseURL: server.origin } } as GatewayConfig['providers'];
    const gateway = gatewayOf({ providers, retry: { maxAttempts: 1 } });
    return failureOf(ask(gateway));
  };

  it.each(FOREIGN)('keeps its words, its code and its kind: %s', async (_, body, { kind, code, words }) => {
    const chat = { model: `${name}/${model}`, messages, max_tokens: 5 };
    const whole = (exchange: FaultExchange) => exchange.answer(200, body);
    const errors = [await failing(whole, (client) => client.chat.completions.create(chat))];
    if (embeddings !== undefined) {
      errors.push(await failing(whole, (client) => client.embeddings.create({ model: `${name}/${embeddings}`, input: 'x' })));
    }
    if (streams) {
      const stream = async (exchange: FaultExchange) => {
        await exchange.sseHead();
        await exchange.sse(body);
        await exchange.lastChunk();
      };
      errors.push(await failing(stream, (client) => client.chat.completions.create({ ...chat, stream: true })));
    }
    for (const error of errors) {
      expect(error).toMatchObject({ providerCode: code, attempts: [{ failure: { kind } }] });
      expect((error as Error).message).toContain(words);
    }
  });
});

describe('an answer that looks like an error', () => {
  const clientOf = async (script: (exchange: FaultExchange) => unknown) => {
    const server = await upstream(script);
    return gatewayOf({ providers: { one: account(server.origin, 'one') } as never, defaultProvider: 'one' });
  };

  it.each([
    ['with an error whose fields are all empty', { error: { message: '', type: '', code: null } }],
    ["in iFlytek's envelope", { code: 0, message: 'Success', sid: 's' }],
  ])('stays an answer, whole and streamed: %s', async (_, more) => {
    const client = await clientOf(async (exchange) => {
      if (JSON.parse(String(exchange.request.body)).stream !== true) {
        return exchange.answer(200, { ...completion('{"error":{"message":"x"}}'), ...more });
      }
      await exchange.sseHead();
      await exchange.sse(
        { choices: [], ...more },
        { ...chunk({ content: 'Hi.' }), ...more },
        { ...chunk({}, 'stop'), ...more },
        { choices: [], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }, ...more },
        '[DONE]',
      );
      await exchange.lastChunk();
    });
    const whole = await client.chat.completions.create({ model: 'x', messages });
    expect(whole.choices[0]?.message.content).toBe('{"error":{"message":"x"}}');
    let text = '';
    for await (const item of await client.chat.completions.create({ model: 'x', messages, stream: true })) {
      text += item.choices[0]?.delta.content ?? '';
    }
    expect(text).toBe('Hi.');
  });

  it.each([
    { id: 'batch_1', object: 'batch', status: 'failed', errors: { object: 'list', data: [{ code: 'x', message: 'Bad.' }] } },
    { id: 'resp_1', object: 'response', status: 'failed', error: { code: 'server_error', message: 'x' } },
    { id: 'ftjob-1', object: 'fine_tuning.job', status: 'failed', error: { code: 'x', message: 'y', param: null } },
    { error: null, message: 'hello' },
  ])('is handed through as it came: %j', async (body) => {
    const client = await clientOf((exchange) => exchange.answer(200, body));
    expect(await client.get('/batches/batch_1')).toEqual(body);
  });

  it('may be vectors beside a detail, or a transcript beside a message', async () => {
    const usage = { prompt_tokens: 1, total_tokens: 1 };
    const vectors = await clientOf((exchange) => exchange.answer(200, { data: [{ embedding: [1] }], detail: 'x', usage }));
    const answer = await vectors.embeddings.create({ model: 'x', input: 'hello', encoding_format: 'float' });
    expect(answer.data[0]?.embedding).toEqual([1]);
    const silence = await clientOf((exchange) => exchange.answer(200, { text: '', message: 'ok' }));
    expect(await silence.audio.transcriptions.create({ model: 'x', file: file() })).toMatchObject({ text: '' });
  });
});
