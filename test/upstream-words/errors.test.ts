import type OpenAI from 'openai';
import { routeOf, StreamInterruptedError } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { failureOf, gatewayOf, messages, providersAt, upstream } from '../public/harness.ts';
import { chunk, completion, streamText } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';

const minimax = (code: number, words: string) => ({
  id: 'x',
  choices: null,
  created: 0,
  model: '',
  object: '',
  usage: { total_tokens: 0 },
  base_resp: { status_code: code, status_msg: words },
});

/** Errors as vendors dress them in a 200: what they wear, then kind, status, code and words that the caller has. */
const CLOTHES: readonly (readonly [string, unknown, { kind: string; status: number; code?: string; message: string }])[] = [
  [
    "MiniMax's empty balance",
    minimax(1008, 'insufficient balance'),
    { kind: 'quota-exhausted', status: 429, code: '1008', message: 'insufficient balance' },
  ],
  [
    "MiniMax's plan that is used up",
    minimax(2056, 'usage limit exceeded'),
    { kind: 'quota-exhausted', status: 429, code: '2056', message: 'usage limit exceeded' },
  ],
  [
    "MiniMax's refused key",
    minimax(2049, 'invalid api key'),
    { kind: 'credential-rejected', status: 401, code: '2049', message: 'invalid api key' },
  ],
  [
    "MiniMax's missing login",
    minimax(1004, 'login fail: Please carry the API secret key'),
    { kind: 'credential-rejected', status: 401, code: '1004', message: 'login fail: Please carry the API secret key' },
  ],
  [
    "MiniMax's rate limit",
    minimax(1002, 'rate limit'),
    { kind: 'rate-limited', status: 429, code: '1002', message: 'rate limit' },
  ],
  [
    "MiniMax's limit of tokens",
    minimax(1039, 'token limit'),
    { kind: 'rate-limited', status: 429, code: '1039', message: 'token limit' },
  ],
  [
    "MiniMax's refused input",
    minimax(1026, 'input new_sensitive'),
    { kind: 'content-refused', status: 400, code: '1026', message: 'input new_sensitive' },
  ],
  [
    "MiniMax's wrong params",
    minimax(2013, 'invalid params'),
    { kind: 'request-invalid', status: 400, code: '2013', message: 'invalid params' },
  ],
  [
    "MiniMax's prompt that is too long",
    minimax(2013, 'invalid params, context window exceeds limit'),
    { kind: 'context-too-long', status: 400, code: '2013', message: 'invalid params, context window exceeds limit' },
  ],
  [
    "MiniMax's own fault",
    minimax(1033, 'system error'),
    { kind: 'transient', status: 502, code: '1033', message: 'system error' },
  ],
  [
    'an error that is a text',
    { error: 'Rate limit reached for this key' },
    { kind: 'rate-limited', status: 429, message: 'Rate limit reached for this key' },
  ],
  [
    'an error that is a name beside its message',
    { error: 'insufficient_quota', message: 'No credits are left.' },
    { kind: 'quota-exhausted', status: 429, code: 'insufficient_quota', message: 'No credits are left.' },
  ],
  [
    'a list of errors',
    { success: false, errors: [{ code: 'model_not_found', message: 'No such model.' }], messages: [], result: null },
    { kind: 'model-unavailable', status: 404, code: 'model_not_found', message: 'No such model.' },
  ],
  [
    'a list of texts',
    { choices: [], errors: ['Too many requests'] },
    { kind: 'rate-limited', status: 429, message: 'Too many requests' },
  ],
  ['a detail', { detail: 'Invalid API key' }, { kind: 'credential-rejected', status: 401, message: 'Invalid API key' }],
  [
    'a detail that is an error',
    { detail: { error: { code: 'context_length_exceeded', message: 'Too long.' } } },
    { kind: 'context-too-long', status: 400, code: 'context_length_exceeded', message: 'Too long.' },
  ],
  [
    'a flat error',
    { code: 'invalid_api_key', message: 'Wrong key.' },
    { kind: 'credential-rejected', status: 401, code: 'invalid_api_key', message: 'Wrong key.' },
  ],
  [
    'a flat error with an HTTP status',
    { code: 503, message: 'Busy.', choices: [] },
    { kind: 'overloaded', status: 503, code: '503', message: 'Busy.' },
  ],
  [
    "Baidu's names",
    { error_code: 17, error_msg: 'Open api daily request limit reached' },
    { kind: 'transient', status: 502, code: '17', message: 'Open api daily request limit reached' },
  ],
  [
    "Tencent's envelope",
    { Response: { Error: { Code: 'RateLimitExceeded', Message: 'Slower.' }, RequestId: 'r' } },
    { kind: 'rate-limited', status: 429, code: 'RateLimitExceeded', message: 'Slower.' },
  ],
  [
    "another spelling of OpenAI's",
    { Error: { Code: 'rate_limit_exceeded', Message: 'Slower.' } },
    { kind: 'rate-limited', status: 429, code: 'rate_limit_exceeded', message: 'Slower.' },
  ],
  [
    "vLLM's object",
    { object: 'error', message: 'No such model.', type: 'NotFoundError', param: null, code: 404 },
    { kind: 'model-unavailable', status: 404, message: 'No such model.' },
  ],
  [
    "Spring's title",
    { timestamp: 'now', status: 503, error: 'Service Unavailable', message: 'No instance is up.' },
    { kind: 'overloaded', status: 503, message: 'No instance is up.' },
  ],
  [
    'an error within the text of another',
    { error: JSON.stringify({ error: { code: 429, type: 'rate_limit_error', message: 'Wait.' } }) },
    { kind: 'rate-limited', status: 429, code: '429', message: 'Wait.' },
  ],
  [
    "OpenRouter's word of what the provider behind it said",
    {
      error: {
        code: 400,
        message: 'Provider returned error',
        metadata: { provider_name: 'x', raw: '{"error":{"code":"context_length_exceeded","message":"Too many tokens."}}' },
      },
    },
    { kind: 'context-too-long', status: 400, code: 'context_length_exceeded', message: 'Too many tokens.' },
  ],
  [
    'Groq’s word in a stream that was stopped',
    { choices: [{ index: 0, delta: {}, finish_reason: null }], x_groq: { id: 'r', error: 'over capacity' } },
    { kind: 'transient', status: 502, message: 'over capacity' },
  ],
  ['no more than a text', 'Insufficient credits', { kind: 'quota-exhausted', status: 429, message: 'Insufficient credits' }],
];

type Ask = (client: OpenAI) => PromiseLike<unknown>;
const ASKS: ReadonlyMap<string, Ask> = new Map<string, Ask>([
  ['chat', (client) => client.chat.completions.create({ model: 'm', messages })],
  ['completions', (client) => client.completions.create({ model: 'm', prompt: 'hello' })],
  ['embeddings', (client) => client.embeddings.create({ model: 'm', input: 'hello' })],
  ['responses', (client) => client.responses.create({ model: 'm', input: 'hello' })],
]);

type Streamed = (client: OpenAI) => PromiseLike<AsyncIterable<unknown>>;
const STREAMS: ReadonlyMap<string, Streamed> = new Map<string, Streamed>([
  ['chat', (client) => client.chat.completions.create({ model: 'm', messages, stream: true })],
  ['completions', (client) => client.completions.create({ model: 'm', prompt: 'hello', stream: true })],
  ['responses', (client) => client.responses.create({ model: 'm', input: 'hello', stream: true })],
]);

/** One deployment whose answers are of the script, tried once. */
async function clientOf(script: (exchange: FaultExchange) => unknown, models: string[] = ['one/x']) {
  const server = await upstream(script);
  // Responses go to the upstream's own endpoint.
  const openai = { type: 'openai', apiKey: 'k', baseURL: `${server.origin}/one/v1` };
  const gateway = gatewayOf({
    providers: { ...providersAt(server, 'two'), one: openai } as never,
    models: { m: models },
    retry: { attemptsPerDeployment: 1 },
  });
  return { gateway, server };
}

function told(error: unknown): object {
  const { status, code, message, attempts, providerCode } = error as Record<string, unknown>;
  const kind = (attempts as { failure?: { kind: string } }[])?.at(-1)?.failure?.kind;
  return { kind, status, code: providerCode ?? code, message };
}

const expected = ({ kind, status, code, message }: { kind: string; status: number; code?: string; message: string }) => ({
  kind,
  status,
  ...(code === undefined ? {} : { code }),
  message: expect.stringContaining(message),
});

describe.each([...ASKS])('a whole answer of %s', (_, ask) => {
  it.each(CLOTHES)('that is %s is the error that it says', async (_name, body, error) => {
    const { gateway } = await clientOf((exchange) =>
      exchange.answer(200, JSON.stringify(body), { 'content-type': 'application/json' }),
    );
    expect(told(await failureOf(ask(gateway)))).toMatchObject(expected(error));
  });
});

describe.each([...STREAMS])('a stream of %s', (operation, ask) => {
  const event = (body: unknown) => `data: ${JSON.stringify(body)}\n\n`;

  it.each(CLOTHES)('whose first event is %s is the error that it says', async (_name, body, error) => {
    const { gateway } = await clientOf(async (exchange) => {
      await exchange.sseHead();
      await exchange.chunk(event(body));
      await exchange.lastChunk();
    });
    const failed = failureOf(
      ask(gateway).then(async (stream) => {
        for await (const _item of stream);
      }),
    );
    expect(told(await failed)).toMatchObject(expected(error));
  });

  it('that begins with a flat error event is the error that it says', async () => {
    const { gateway } = await clientOf(async (exchange) => {
      await exchange.sseHead();
      await exchange.chunk('event: error\ndata: {"code":"server_overloaded","message":"Come back later."}\n\n');
      await exchange.lastChunk();
    });
    const error = await failureOf(ask(gateway));
    expect(told(error)).toMatchObject({ kind: 'overloaded', status: 503, code: 'server_overloaded' });
    expect((error as Error).message).toContain('Come back later.');
  });

  it('whose error event is a plain text has its words', async () => {
    const { gateway } = await clientOf(async (exchange) => {
      await exchange.sseHead();
      await exchange.chunk('event: error\ndata: Rate limit exceeded, slow down\n\n');
      await exchange.lastChunk();
    });
    const error = await failureOf(ask(gateway));
    expect(told(error)).toMatchObject({ kind: 'rate-limited', status: 429 });
    expect((error as Error).message).toContain('slow down');
  });

  it('that breaks off with an error in other clothes tells its words', async () => {
    const begins: Record<string, unknown> = {
      chat: { id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content: 'Hel' } }] },
      completions: { id: 'c', object: 'text_completion', choices: [{ index: 0, text: 'Hel' }] },
      responses: { type: 'response.output_text.delta', delta: 'Hel', item_id: 'i', output_index: 0, content_index: 0 },
    };
    for (const [, body, { message }] of CLOTHES) {
      const { gateway } = await clientOf(async (exchange) => {
        await exchange.sseHead();
        await exchange.chunk(event(begins[operation]));
        await exchange.chunk(event(body));
        await exchange.lastChunk();
      });
      const stream = await ask(gateway);
      const error = await failureOf(
        (async () => {
          for await (const _item of stream);
        })(),
      );
      expect(error).toBeInstanceOf(StreamInterruptedError);
      expect((error as Error).message).toContain(message);
    }
  });
});

describe('an error in other clothes', () => {
  const inClothes = { base_resp: { status_code: 1008, status_msg: 'insufficient balance' }, choices: null };

  it('leads to the next candidate, whole and streamed, and cools the account for long', async () => {
    const { gateway, server } = await clientOf(
      async (exchange) => {
        if (exchange.request.path.startsWith('/two')) {
          const { stream } = JSON.parse(String(exchange.request.body)) as { stream?: boolean };
          return stream ? streamText(exchange, 'from two') : exchange.answer(200, completion('from two'));
        }
        return exchange.answer(200, inClothes);
      },
      ['one/x', 'two/x'],
    );
    const answer = await gateway.chat.completions.create({ model: 'm', messages });
    expect(answer.choices[0]?.message.content).toBe('from two');
    expect(routeOf(answer)?.attempts.map(({ failure }) => failure?.kind)).toEqual(['quota-exhausted', undefined]);
    let text = '';
    for await (const item of await gateway.chat.completions.create({ model: 'm', messages, stream: true })) {
      text += item.choices[0]?.delta.content ?? '';
    }
    expect(text).toBe('from two');
    expect(server.requests.map(({ path }) => path.split('/')[1])).toEqual(['one', 'two', 'two']);
  });

  it('of a stream before its commit leaves no trace', async () => {
    const { gateway } = await clientOf(
      async (exchange) => {
        if (exchange.request.path.startsWith('/two')) return streamText(exchange, 'from two');
        await exchange.sseHead();
        await exchange.sse(chunk({ role: 'assistant', content: '' }), inClothes);
        await exchange.lastChunk();
      },
      ['one/x', 'two/x'],
    );
    let text = '';
    for await (const item of await gateway.chat.completions.create({ model: 'm', messages, stream: true })) {
      text += item.choices[0]?.delta.content ?? '';
    }
    expect(text).toBe('from two');
  });
});

describe('what is no error', () => {
  it.each([
    ['base_resp that says success', { base_resp: { status_code: 0, status_msg: '' } }],
    ['an empty error', { error: {} }],
    ['an error of null beside an empty list of errors', { error: null, errors: [] }],
  ])('stays an answer: %s', async (_, more) => {
    const { gateway } = await clientOf((exchange) => exchange.answer(200, JSON.stringify({ ...completion('Hello.'), ...more })));
    const answer = await gateway.chat.completions.create({ model: 'm', messages });
    expect(answer.choices[0]?.message.content).toBe('Hello.');
  });

  it('a first chunk of filter results without choices and a last one of usage are no errors', async () => {
    const item = (more: object) =>
      `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'x', ...more })}\n\n`;
    const { gateway } = await clientOf(async (exchange) => {
      await exchange.sseHead();
      await exchange.chunk(item({ choices: [], prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }] }));
      await exchange.chunk(item({ choices: [{ index: 0, delta: { content: 'Hello.' }, finish_reason: 'stop' }] }));
      await exchange.chunk(item({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }));
      await exchange.chunk('data: [DONE]\n\n');
      await exchange.lastChunk();
    });
    let text = '';
    for await (const piece of await gateway.chat.completions.create({ model: 'm', messages, stream: true })) {
      text += piece.choices[0]?.delta.content ?? '';
    }
    expect(text).toBe('Hello.');
  });

  it('an answer without anything is still none', async () => {
    const { gateway } = await clientOf((exchange) => exchange.answer(200, JSON.stringify({ choices: [] })));
    const error = await failureOf(gateway.chat.completions.create({ model: 'm', messages }));
    expect(told(error)).toMatchObject({ kind: 'invalid-response', status: 502 });
  });
});
