import { OpenAI } from 'openai';
import { CursorPage } from 'openai/core/pagination';
import type { Gateway } from 'tollgate';
import { describe, expect, it } from 'vitest';
import type { FaultExchange, FaultServer } from '../support/fault-server.ts';
import { failureOf, gatewayOf, messages, providersAt, upstream } from './harness.ts';

/** The plain client, and a gateway with one provider, over the same server. */
async function bothOver(
  script: (exchange: FaultExchange) => unknown,
): Promise<{ plain: OpenAI; gateway: Gateway; server: FaultServer }> {
  const server = await upstream(script);
  const plain = new OpenAI({ apiKey: 'key-of-one', baseURL: `${server.origin}/one/v1`, maxRetries: 0 });
  const gateway = gatewayOf({ providers: providersAt(server, 'one'), defaultProvider: 'one' });
  return { plain, gateway, server };
}

const thing = (exchange: FaultExchange): Promise<void> => exchange.answer(200, { id: 'thing_1', object: 'thing', data: [] });

/** What reached the server of one call: method, path and query, the headers that a caller can mean, and the body. */
async function sentBy(server: FaultServer, call: () => PromiseLike<unknown>): Promise<unknown> {
  const before = server.requests.length;
  await call();
  return server.requests.slice(before).map(({ method, path, headers, body }) => ({
    method,
    path,
    headers: Object.fromEntries(MEANT.map((name) => [name, headers.get(name)])),
    body: String(body),
  }));
}

const MEANT = ['range', 'if-none-match', 'if-modified-since', 'if-range', 'x-list', 'openai-beta'];

const SAME: [string, (client: OpenAI) => PromiseLike<unknown>][] = [
  [
    'a query that a resource writes into its path',
    (client) => client.post('/responses?beta=true', { body: { prompt: { id: 'p' } } }),
  ],
  ['a query in a path, one of the call', (client) => client.get('/things?a=1&b=2', { query: { b: 3, c: ['x', 'y'] } })],
  ['a query in a path, and defaults', (client) => client.withOptions({ defaultQuery: { a: '0', z: '9' } }).get('/things?a=1')],
  ['a query that is none', (client) => client.get('/things', { query: 'a=1' as never })],
  ['a query that is a list', (client) => client.get('/things', { query: ['a'] as never })],
  ['a path with characters that no URL has', (client) => client.get('/things/a b/ж😀')],
  ['a query with them, in a path', (client) => client.get('/things?a=ж')],
  ['a model beside a batch', (client) => client.post('/batches', { body: { input_file_id: 'file_1', model: 'gpt-4o' } })],
  [
    'a model beside what a run waits for',
    (client) => client.post('/threads/t/runs/r/submit_tool_outputs', { body: { tool_outputs: [], model: 'gpt-4o' } }),
  ],
  ['a part of a file', (client) => client.files.content('file_1', { headers: { Range: 'bytes=0-2', 'If-Range': '"e"' } })],
  ['a file if it is new', (client) => client.files.content('file_1', { headers: { 'if-none-match': '"e"' } })],
  [
    'a header that was taken away',
    (client) => client.withOptions({ defaultHeaders: { range: 'bytes=0-2' } }).get('/things', { headers: { Range: null } }),
  ],
  [
    'a header of several values',
    (client) =>
      client.get('/things', {
        headers: [
          ['x-list', 'a'],
          ['X-List', 'b'],
        ],
      }),
  ],
  [
    'a header that was written over',
    (client) =>
      client.get('/things', {
        headers: [
          ['x-list', 'a'],
          ['x-list', null],
          ['x-list', 'b'],
        ],
      }),
  ],
];

describe('a gateway sends as the plain client does', () => {
  it.for(SAME)('%s', async ([, call]) => {
    const { plain, gateway, server } = await bothOver(thing);
    const sent = await sentBy(server, () => call(plain));
    expect(sent).toHaveLength(1);
    expect(await sentBy(server, () => call(gateway))).toEqual(sent);
  });

  it('the form that is asked for, of what is handed through, and of nothing else', async () => {
    const { gateway, server } = await bothOver((exchange) =>
      exchange.answer(200, {
        id: 'c',
        data: [],
        choices: [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }],
      }),
    );
    await gateway.files.content('file_1');
    await gateway.handler('http://h/v1/files/file_1/content', { headers: { accept: 'application/binary', range: 'bytes=0-2' } });
    await gateway.chat.completions.create({ model: 'one/m', messages }, { headers: { accept: 'text/x', range: 'bytes=0-2' } });
    expect(server.requests.map(({ headers }) => [headers.get('accept'), headers.get('range')])).toEqual([
      ['application/binary', undefined],
      ['application/binary', 'bytes=0-2'],
      [undefined, undefined],
    ]);
  });
});

describe('a part of a file', () => {
  it('comes with its status and its place, in the process and over HTTP', async () => {
    const { gateway } = await bothOver((exchange) => exchange.answer(206, 'abc', { 'content-range': 'bytes 0-2/9' }));
    const headers = { range: 'bytes=0-2' };
    const answers = [
      await gateway.files.content('file_1', { headers }),
      await gateway.handler('http://h/v1/files/file_1/content', { headers }),
    ];
    for (const answer of answers)
      expect([answer.status, answer.headers.get('content-range'), await answer.text()]).toEqual([206, 'bytes 0-2/9', 'abc']);
  });
});

describe("OpenAI's beta of responses", () => {
  const response = { id: 'resp_1', object: 'response', status: 'completed', model: 'm', output: [] };

  it('is asked for as such, in the process and over HTTP', async () => {
    const { gateway, server } = await bothOver((exchange) => exchange.answer(200, response));
    await gateway.beta.responses.create({ model: 'one/m', input: 'hello' });
    await new OpenAI(gateway.clientOptions()).beta.responses.create({ model: 'one/m', input: 'hello' });
    expect(server.requests.map(({ path }) => path)).toEqual(['/one/v1/responses?beta=true', '/one/v1/responses?beta=true']);
  });

  it('over HTTP brings no query beside', async () => {
    const { gateway, server } = await bothOver((exchange) => exchange.answer(200, response));
    for (const query of ['?beta=true&key=secret', '?api-version=1', '?beta=false&key=secret']) {
      const body = JSON.stringify({ model: 'one/m', input: 'hello' });
      await gateway.handler(`http://h/v1/responses${query}`, { method: 'POST', body });
    }
    expect(server.requests.map(({ path }) => path.replace('/one/v1', ''))).toEqual([
      '/responses?beta=true',
      '/responses',
      '/responses',
    ]);
  });
});

describe('a list that is no JSON', () => {
  it('is the error that the plain client gives', async () => {
    const { plain, gateway } = await bothOver((exchange) =>
      exchange.answer(200, '{"data":', { 'content-type': 'application/json' }),
    );
    const errors = [plain, gateway].map((client) => failureOf(client.files.list()));
    const [expected, given] = await Promise.all(errors);
    expect(given).toBeInstanceOf(SyntaxError);
    expect(String(given)).toBe(String(expected));
    expect(await failureOf(gateway.getAPIList('/things', CursorPage))).toBeInstanceOf(SyntaxError);
  });
});

describe('a timeout that is none', () => {
  it.for([-1, 1.5, Number.NaN, '30'])('%s is refused by its name, before anything is sent', async (timeout) => {
    const { plain, gateway, server } = await bothOver(thing);
    for (const client of [plain, gateway]) {
      expect(String(await failureOf(client.files.list({}, { timeout: timeout as number })))).toContain('timeout');
    }
    expect(() => gateway.withOptions({ timeout: timeout as number })).toThrow('timeout');
    expect(server.requests).toEqual([]);
  });
});

describe('the events of a stream that is handed through', () => {
  async function streamed(events: string, call: (client: OpenAI) => PromiseLike<unknown>): Promise<unknown[][]> {
    const { plain, gateway } = await bothOver((exchange) =>
      exchange.answer(200, events, { 'content-type': 'text/event-stream' }),
    );
    return Promise.all(
      [plain, gateway].map(async (client) => {
        const items: unknown[] = [];
        for await (const item of (await call(client)) as AsyncIterable<unknown>) items.push(item);
        return items;
      }),
    );
  }

  it("of an agent's session go on after its errors, which are events", async () => {
    const events =
      'event: error\ndata: {"type":"error","error":{"message":"one"}}\n\n' +
      'event: turn.failed\ndata: {"type":"turn.failed","error":{"message":"two"}}\n\n' +
      'event: thread.x\ndata: {"n":3}\n\nevent: error\ndata: {"message":"four"}\n\ndata: {"type":"turn.done"}\n\ndata: [DONE]\n\n';
    const [expected, given] = await streamed(events, (client) => client.beta.agents.sessions.events.stream('id_1'));
    expect(expected).toHaveLength(5);
    expect(given).toEqual(expected);
  });

  it("of a thread's run all have their names", async () => {
    const events =
      'event: thread.run.created\ndata: {"id":"run_1"}\n\nevent: note\ndata: {"n":1}\n\nevent: done\ndata: [DONE]\n\n';
    const [expected, given] = await streamed(events, (client) =>
      client.beta.threads.runs.create('thread_1', { assistant_id: 'asst_1', stream: true }),
    );
    expect(expected).toEqual([
      { event: 'thread.run.created', data: { id: 'run_1' } },
      { event: 'note', data: { n: 1 } },
    ]);
    expect(given).toEqual(expected);
  });

  it('elsewhere end with an error', async () => {
    const { plain, gateway } = await bothOver((exchange) =>
      exchange.answer(200, 'data: {"n":1}\n\nevent: error\ndata: {"error":{"message":"no more"}}\n\n', {
        'content-type': 'text/event-stream',
      }),
    );
    for (const client of [plain, gateway]) {
      const read = async () => {
        const stream = await client.get('/things', { stream: true });
        for await (const _ of stream as AsyncIterable<unknown>);
      };
      expect(String(await failureOf(read()))).toContain('no more');
    }
  });
});
