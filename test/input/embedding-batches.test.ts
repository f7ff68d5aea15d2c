import { APIUserAbortError } from 'openai';
import type { Gateway } from 'tollgate';
import { routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { bodyOf, failureOf, gatewayOf, until, upstream } from '../public/harness.ts';
import type { FaultExchange } from '../support/fault-server.ts';

/** Texts of a request in whichever wire's form. */
function textsOf(exchange: FaultExchange): string[] {
  const body = bodyOf(exchange) as {
    inputText?: string;
    texts?: string[];
    input?: string[];
    requests?: { content: { parts: { text: string }[] } }[];
    instances?: { content: string }[];
  };
  if (body.inputText !== undefined) return [body.inputText];
  if (body.requests) return body.requests.map(({ content }) => content.parts[0]?.text ?? '');
  if (body.instances) return body.instances.map(({ content }) => content);
  return body.texts ?? body.input ?? [];
}

/** A vector that tells its text: `t7` is [7]. Usage is a token for each text. */
function embed(exchange: FaultExchange): Promise<void> {
  const { path } = exchange.request;
  const texts = textsOf(exchange);
  const vectors = texts.map((text) => [Number(text.slice(1))]);
  if (path.includes('titan')) return exchange.answer(200, { embedding: vectors[0], inputTextTokenCount: 1 });
  if (path.endsWith('/v2/embed'))
    return exchange.answer(200, { embeddings: { float: vectors }, meta: { billed_units: { input_tokens: texts.length } } });
  if (path.includes('/invoke'))
    return exchange.answer(200, { embeddings: { float: vectors } }, { 'x-amzn-bedrock-input-token-count': String(texts.length) });
  if (path.includes(':batchEmbedContents')) {
    return exchange.answer(200, {
      embeddings: vectors.map((values) => ({ values })),
      usageMetadata: { promptTokenCount: texts.length },
    });
  }
  if (path.includes(':predict')) {
    return exchange.answer(200, {
      predictions: vectors.map((values) => ({ embeddings: { values, statistics: { token_count: 1 } } })),
    });
  }
  // Not in the order of the inputs, as the API allows.
  const data = vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })).reverse();
  const usage = { prompt_tokens: texts.length, total_tokens: texts.length };
  return exchange.answer(200, { object: 'list', model: 'm', data, usage });
}

const texts = (count: number) => Array.from({ length: count }, (_, index) => `t${index}`);
const PRICE = { input: 1, output: 0 };

async function embedding(type: string, model: string, script: (exchange: FaultExchange) => unknown = embed) {
  const server = await upstream(script);
  const id = `${type}/${model}`;
  const gateway = gatewayOf({
    providers: { [type]: { type, apiKey: 'test-key-0123456789', baseURL: server.origin, region: 'us-east-1', project: 'p' } },
    models: { m: [id] },
    prices: { [id]: PRICE },
    budgets: [{ name: 'all', limit: { usd: 1, requests: 10_000 }, window: 'day' }],
    retry: { attemptsPerDeployment: 1, maxAttempts: 1 },
  } as never);
  return { gateway, server };
}

async function spent(gateway: Gateway) {
  const [balance] = await gateway.control.budgets();
  return { spent: balance?.spent, reserved: balance?.reserved };
}

describe('a list longer than one request takes', () => {
  it.each([
    ['bedrock', 'amazon.titan-embed-text-v2:0', 1, 12],
    ['bedrock', 'amazon.titan-embed-text-v1', 1, 3],
    ['bedrock', 'cohere.embed-english-v3', 96, 200],
    ['cohere', 'embed-v4.0', 96, 97],
    ['google', 'gemini-embedding-001', 100, 201],
    ['vertex', 'gemini-embedding-001', 1, 3],
    ['vertex', 'text-embedding-005', 250, 251],
    ['openai', 'text-embedding-3-small', 2_048, 2_049],
    ['alibaba', 'text-embedding-v4', 10, 25],
    ['alibaba', 'text-embedding-v2', 25, 26],
    ['voyage', 'voyage-4', 1_000, 1_001],
    ['google-openai', 'gemini-embedding-001', 100, 101],
    ['cohere-openai', 'embed-v4.0', 96, 97],
    ['upstage', 'embedding-query', 100, 101],
  ])('goes to %s %s in requests of %i, and comes back as one answer in order: %i', async (type, model, most, count) => {
    const { gateway, server } = await embedding(type, model);
    const answer = await gateway.embeddings.create({ model: 'm', input: texts(count), encoding_format: 'float' });
    expect(answer.data.map(({ index, embedding: [value] }) => [index, value])).toEqual(
      texts(count).map((_, index) => [index, index]),
    );
    expect(answer.object).toBe('list');
    expect(answer.usage).toEqual({ prompt_tokens: count, total_tokens: count });
    expect(server.requests).toHaveLength(Math.ceil(count / most));
    expect(routeOf(answer)).toMatchObject({ attempts: [{}], usage: { inputTokens: count }, usageSource: 'reported' });
    expect(await spent(gateway)).toMatchObject({
      spent: { usd: count / 1_000_000, requests: 1 },
      reserved: { usd: 0, requests: 0 },
    });
  });

  it('keeps the encoding that was asked for', async () => {
    const { gateway } = await embedding('bedrock', 'amazon.titan-embed-text-v2:0');
    // The client asks for base64 and decodes it.
    const answer = await gateway.embeddings.create({ model: 'm', input: texts(3) });
    expect(answer.data.map(({ embedding: vector }) => [...vector])).toEqual([[0], [1], [2]]);
  });

  it('is no more than eight requests at a time', async () => {
    let open = 0;
    let most = 0;
    const { gateway } = await embedding('bedrock', 'amazon.titan-embed-text-v2:0', async (exchange) => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
      return embed(exchange);
    });
    await gateway.embeddings.create({ model: 'm', input: texts(40) });
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(8);
  });

  it('fails as a whole where one request fails, ends the others, and is charged what the finished ones reported', async () => {
    const held: FaultExchange[] = [];
    const { gateway, server } = await embedding('bedrock', 'amazon.titan-embed-text-v2:0', async (exchange) => {
      const [text] = textsOf(exchange);
      if (text === 't0' || text === 't1') return embed(exchange);
      if (text !== 't9') return void held.push(exchange);
      await until(() => held.length === 7);
      return exchange.answer(400, { message: 'too odd' }, { 'x-amzn-errortype': 'ValidationException' });
    });
    const error = await failureOf(gateway.embeddings.create({ model: 'm', input: texts(40) }));
    expect(error).toMatchObject({ status: 400, message: expect.stringContaining('too odd') });
    await Promise.all(held.map((exchange) => exchange.closed));
    expect(server.requests).toHaveLength(10);
    expect(await spent(gateway)).toMatchObject({ spent: { usd: 2 / 1_000_000, requests: 1 }, reserved: { usd: 0, requests: 0 } });
  });

  it('ends all its requests when the caller aborts', async () => {
    const held: FaultExchange[] = [];
    const { gateway, server } = await embedding('cohere', 'embed-v4.0', (exchange) => void held.push(exchange));
    const abort = new AbortController();
    const running = failureOf(gateway.embeddings.create({ model: 'm', input: texts(300) }, { signal: abort.signal }));
    await until(() => held.length === 4);
    abort.abort();
    expect(await running).toBeInstanceOf(APIUserAbortError);
    await Promise.all(held.map((exchange) => exchange.closed));
    expect(server.requests).toHaveLength(4);
    expect((await spent(gateway)).reserved).toEqual({ usd: 0, requests: 0 });
  });

  it('is no answer where a request does not give a vector for each text', async () => {
    const { gateway } = await embedding('cohere', 'embed-v4.0', (exchange) =>
      exchange.answer(200, { embeddings: { float: [[1]] }, meta: { billed_units: { input_tokens: 1 } } }),
    );
    const error = await failureOf(gateway.embeddings.create({ model: 'm', input: texts(97) }));
    expect(error).toMatchObject({ code: 'failover_exhausted', providerCode: 'invalid_response' });
  });

  it('is estimated where one of the requests reports no usage', async () => {
    const { gateway } = await embedding('bedrock', 'amazon.titan-embed-text-v2:0', (exchange) =>
      exchange.answer(200, { embedding: [1], ...(textsOf(exchange)[0] === 't0' ? {} : { inputTextTokenCount: 1 }) }),
    );
    const answer = await gateway.embeddings.create({ model: 'm', input: texts(3) });
    expect(routeOf(answer)?.usageSource).toBe('estimated');
    expect(answer.usage.prompt_tokens).toBeGreaterThan(0);
  });
});

describe('an input that one request takes', () => {
  it.each([
    ['a text', 't1', 1],
    ['a short list', ['t1', 't2'], 2],
    ['as many as may be', texts(96), 96],
  ])('is one request: %s', async (_, input, vectors) => {
    const { gateway, server } = await embedding('cohere', 'embed-v4.0');
    const answer = await gateway.embeddings.create({ model: 'm', input });
    expect([answer.data.length, server.requests.length]).toEqual([vectors, 1]);
  });

  it('is one list of token ids, however long', async () => {
    const { gateway, server } = await embedding('openai', 'text-embedding-3-small', (exchange) =>
      exchange.answer(200, {
        object: 'list',
        model: 'm',
        data: [{ object: 'embedding', index: 0, embedding: [1] }],
        usage: { prompt_tokens: 3_000, total_tokens: 3_000 },
      }),
    );
    const input = Array.from({ length: 3_000 }, (_, index) => index);
    await gateway.embeddings.create({ model: 'm', input, encoding_format: 'float' });
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ['an empty list', [], 'input'],
    ['a number in a list of texts', ['a', 7], 'input[1]'],
    ['an object', {}, 'input'],
  ])('is refused by its path where it is none: %s', async (_, input, path) => {
    const { gateway, server } = await embedding('bedrock', 'amazon.titan-embed-text-v2:0');
    const error = await failureOf(gateway.embeddings.create({ model: 'm', input: input as never }));
    expect(error).toMatchObject({ status: 400, code: 'invalid_request', param: path });
    expect(server.requests).toEqual([]);
  });
});

it.each([
  ['bedrock', 'amazon.titan-embed-text-v2:0'],
  ['cohere', 'embed-v4.0'],
  ['google', 'gemini-embedding-001'],
])('tokens are refused with what would be taken: %s %s', async (type, model) => {
  const { gateway, server } = await embedding(type, model);
  const error = await failureOf(gateway.embeddings.create({ model: 'm', input: [[1, 2], [3]] }));
  expect(error).toMatchObject({
    status: 400,
    param: 'input',
    message: expect.stringMatching(/takes texts, and no lists of tokens/),
  });
  expect((error as Error).message).not.toContain('assistant');
  expect(server.requests).toHaveLength(0);
});
