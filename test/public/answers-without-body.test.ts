import { APIConnectionError, APIError, OpenAI } from 'openai';
import { type Gateway, routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import type { FaultExchange, FaultServer } from '../support/fault-server.ts';
import { failureOf, gatewayOf, messages, providersAt, upstream } from './harness.ts';

async function answering(script: (exchange: FaultExchange) => unknown) {
  const server = await upstream((exchange) => void script(exchange));
  const gateway = gatewayOf({
    providers: providersAt(server, 'one'),
    models: { fast: ['one/m'] },
    defaultProvider: 'one',
  });
  const plain = new OpenAI({ apiKey: 'k', baseURL: `${server.origin}/one/v1`, maxRetries: 0 });
  return { server, gateway, plain };
}

/** What a caller can tell of an outcome, the same of both clients. */
async function told(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    return { value: await promise };
  } catch (error) {
    const { status, message, name } = error as APIError;
    return { name, status, message, etag: (error as APIError).headers?.get('etag') ?? null };
  }
}

const NOT_MODIFIED = (exchange: FaultExchange) => exchange.head(304, { etag: '"a"' });
const FREE: [string, (client: OpenAI) => PromiseLike<unknown>][] = [
  ['a file', (client) => client.files.retrieve('file_1')],
  ['a content', (client) => client.files.content('file_1')],
  ['a list', (client) => client.files.list()],
  ['a post', (client) => client.post('/things', { body: { a: 1 } })],
  ['a delete', (client) => client.files.delete('file_1')],
];

describe('an answer of 304 on a path that is handed through', () => {
  it.for(FREE)('is what the plain client makes of it: %s', async ([, call]) => {
    const { gateway, plain, server } = await answering(NOT_MODIFIED);
    const expected = await told(call(plain));
    expect(expected).toMatchObject({ name: 'Error', status: 304, etag: '"a"' });
    expect(await told(call(gateway))).toEqual(expected);
    expect(await told(call(gateway.for({ team: 'a' })))).toEqual(expected);
    expect(server.requests).toHaveLength(3);
  });

  it('is sent once and counts against nobody', async () => {
    const { gateway, server } = await answering(NOT_MODIFIED);
    const errors = [];
    for (let round = 0; round < 12; round += 1) errors.push(await failureOf(gateway.files.retrieve('file_1')));
    expect(errors.every((error) => error instanceof APIError && !(error instanceof APIConnectionError))).toBe(true);
    expect(routeOf(errors[0] as Error)).toMatchObject({ attempts: [{ deployment: 'one/files' }] });
    expect(server.requests).toHaveLength(12);
    expect(gateway.control.health().filter(({ state }) => state !== 'healthy')).toEqual([]);
  });

  it('goes on over the handler with its headers and no body', async () => {
    const { gateway, server } = await answering(NOT_MODIFIED);
    const response = await gateway.handler('http://x/v1/files/file_1', { headers: { 'if-none-match': '"a"' } });
    expect([response.status, response.headers.get('etag'), response.body]).toEqual([304, '"a"', null]);
    expect(server.requests).toHaveLength(1);
  });

  it('of a client that the configuration brings is the same', async () => {
    const { plain, server } = await answering(NOT_MODIFIED);
    const gateway = gatewayOf({ providers: { one: { client: plain } }, defaultProvider: 'one' } as never);
    expect(await told(gateway.files.retrieve('file_1'))).toEqual(await told(plain.files.retrieve('file_1')));
    expect(server.requests).toHaveLength(2);
  });
});

describe('other answers that are no success', () => {
  it.each([300, 301, 302, 305, 307])('of %s without a place to go to are what the plain client makes of them', async (status) => {
    const { gateway, plain } = await answering((exchange) => exchange.answer(status, { error: { message: 'see there' } }));
    const expected = await told(plain.files.retrieve('file_1'));
    expect(expected).toMatchObject({ status });
    expect(await told(gateway.files.retrieve('file_1'))).toEqual(expected);
  });

  it('lead nowhere else', async () => {
    const { gateway, server } = await answering((exchange) =>
      exchange.answer(302, '', { location: 'http://127.0.0.1:1/elsewhere' }),
    );
    expect(await failureOf(gateway.files.retrieve('file_1'))).toBeInstanceOf(APIConnectionError);
    expect(server.requests.every(({ path }) => path === '/one/v1/files/file_1')).toBe(true);
  });

  it('are no answer of a model', async () => {
    const { gateway } = await answering(NOT_MODIFIED);
    expect(await failureOf(gateway.chat.completions.create({ model: 'fast', messages }))).toMatchObject({
      code: 'failover_exhausted',
    });
  });
});

describe('a success without a body', () => {
  const STATUSES = [200, 202, 204, 205];
  const noBody = (status: number) => (exchange: FaultExchange) =>
    status === 204 ? exchange.head(204) : exchange.answer(status, '', { 'content-type': 'application/json' });

  it.each(STATUSES)('of %s is not repeated, and is what the plain client makes of it', async (status) => {
    const { gateway, plain, server } = await answering(noBody(status));
    const calls = [(client: OpenAI) => client.files.delete('f'), (client: OpenAI) => client.post('/things', { body: {} })];
    for (const call of calls) expect(await told(call(gateway))).toEqual(await told(call(plain)));
    expect(server.requests).toHaveLength(4);
  });

  it.each(STATUSES)('of %s ends a stream that was asked for', async (status) => {
    const { gateway, server } = await answering(noBody(status));
    const stream = await gateway.beta.threads.createAndRun({ assistant_id: 'a', stream: true });
    const items = [];
    for await (const item of stream) items.push(item);
    expect([items, server.requests.length]).toEqual([[], 1]);
  });

  it.each(STATUSES)('of %s has none over the handler', async (status) => {
    const { gateway } = await answering(noBody(status));
    const response = await gateway.handler('http://x/v1/threads/t/runs', {
      method: 'POST',
      body: JSON.stringify({ assistant_id: 'a', stream: true }),
    });
    expect([response.status, await response.text()]).toEqual([status, '']);
  });

  it('comes after an interim answer', async () => {
    const { gateway } = await answering(async (exchange) => {
      await exchange.write('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n');
      await exchange.answer(200, { id: 'file_1' });
    });
    expect(await gateway.files.retrieve('file_1')).toMatchObject({ id: 'file_1' });
  });
});

describe('what a request of HEAD is answered', () => {
  it('is 405 with the methods that are allowed, where a provider would have to be asked', async () => {
    const { gateway, server }: { gateway: Gateway; server: FaultServer } = await answering(NOT_MODIFIED);
    const response = await gateway.handler('http://x/v1/files/file_1', { method: 'HEAD' });
    expect([response.status, response.headers.get('allow'), response.body]).toEqual([405, 'GET, POST, PUT, PATCH, DELETE', null]);
    expect((await gateway.handler('http://x/v1/models', { method: 'HEAD' })).status).toBe(200);
    expect(server.requests).toHaveLength(0);
  });
});
