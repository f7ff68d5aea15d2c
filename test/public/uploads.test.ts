import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import OpenAI, { APIUserAbortError, toFile } from 'openai';
import { type Gateway, type GatewayConfig, routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { closeAfterTest, failureOf, gatewayOf, until } from './harness.ts';

/** A request as it was received, its form read. */
interface Received {
  readonly url: string;
  readonly type: string;
  readonly form: FormData;
}

type Answer = (request: IncomingMessage, body: Buffer) => { status: number; body: unknown } | undefined;

async function serverOf(answer: Answer = () => undefined): Promise<{ origin: string; received: Received[]; server: Server }> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const type = request.headers['content-type'] ?? '';
    const form = type.startsWith('multipart/')
      ? new Response(body, { headers: { 'content-type': type } }).formData()
      : new FormData();
    received.push({ url: request.url ?? '', type, form: await form });
    const { status, body: answered } = answer(request, body) ?? {
      status: 200,
      body: { id: 'file_1', object: 'file', text: 'hi' },
    };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answered));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closeAfterTest(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, server };
}

function gatewayAt(origin: string, config: Partial<GatewayConfig> = {}): Gateway {
  const provider = (name: string) => ({ type: 'openai-compatible', apiKey: 'k', baseURL: `${origin}/${name}/v1` }) as const;
  return gatewayOf({
    providers: { one: provider('one'), two: provider('two') },
    defaultProvider: 'one',
    retry: { minDelayMs: 1, maxDelayMs: 1 },
    ...config,
  });
}

async function fileOf(text: string, name = 'speech.wav'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'uploads-'));
  closeAfterTest(() => rm(folder, { recursive: true }));
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

const FORMS: [string, () => Promise<unknown> | unknown][] = [
  ['a stream of a file', async () => createReadStream(await fileOf('some data'))],
  ['an async iterable', () => pieces('some', ' data')],
  ['a web stream', () => new Blob(['some data']).stream()],
  ['a blob', () => new Blob(['some data'])],
  ['a response', () => new Response('some data')],
  ['a file', () => toFile(Buffer.from('some data'), 'a.txt')],
];

async function* breaking(): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(100_000);
  throw new Error('the disk is gone');
}

const BREAKING: [string, () => unknown, string][] = [
  ['an async iterable', breaking, 'the disk is gone'],
  ['a web stream', () => ReadableStream.from(breaking()), 'the disk is gone'],
  ['a stream of Node', () => Object.assign(Readable.from(breaking()), { path: 'a.wav' }), 'the disk is gone'],
];

describe('an upload', () => {
  it.for(FORMS)('as %s reaches each path with its bytes', async ([, make]) => {
    const { origin, received } = await serverOf();
    const gateway = gatewayAt(origin);
    const file = async () => (await make()) as never;
    await gateway.files.create({ file: await file(), purpose: 'user_data' });
    await gateway.uploads.parts.create('upload_1', { data: await file() });
    await gateway.images.edit({ model: 'two/gpt-image-1', image: await file(), prompt: 'x' });
    await gateway.audio.transcriptions.create({ model: 'two/whisper-1', file: await file() });
    await gateway.vectorStores.files.upload('vs_1', await file());
    const sent = await Promise.all(
      received.slice(0, 4).map(async ({ url, form }) => {
        const upload = [...form.values()].find((value) => typeof value !== 'string') as File;
        return [url, await upload.text()];
      }),
    );
    expect(sent).toEqual([
      ['/one/v1/files', 'some data'],
      ['/one/v1/uploads/upload_1/parts', 'some data'],
      ['/two/v1/images/edits', 'some data'],
      ['/two/v1/audio/transcriptions', 'some data'],
    ]);
    expect(received.slice(2, 4).map(({ form }) => form.get('model'))).toEqual(['gpt-image-1', 'whisper-1']);
    expect(received.slice(4).map(({ url }) => url)).toEqual(['/one/v1/files', '/one/v1/vector_stores/vs_1/files']);
  });

  it('that is a stream goes where its alias goes, under the name that the provider knows', async () => {
    const { origin, received } = await serverOf();
    const gateway = gatewayAt(origin, { models: { heard: ['two/whisper-large'] } });
    const big = `name="model"\r\n\r\nnone\r\n--x${'y'.repeat(300_000)}\r\n--`;
    const answer = await gateway.audio.transcriptions.create({ file: pieces(big) as never, model: 'heard', language: 'de' });
    expect(routeOf(answer)).toMatchObject({ model: 'heard', deployment: 'two/whisper-large' });
    const [{ url, form } = { url: '', form: new FormData() }] = received;
    expect(url).toBe('/two/v1/audio/transcriptions');
    expect([...form].filter(([, value]) => typeof value === 'string')).toEqual([
      ['model', 'whisper-large'],
      ['language', 'de'],
    ]);
    expect(await (form.get('file') as File).text()).toBe(big);
  });

  it('that is a stream is sent once, and one that can be read again as often as other calls', async () => {
    const busy = await serverOf(() => ({ status: 503, body: { error: { message: 'busy' } } }));
    const gateway = gatewayAt(busy.origin);
    const error = await failureOf(gateway.files.create({ file: pieces('some', ' data') as never, purpose: 'user_data' }));
    expect(error).toMatchObject({ status: 503, attempts: [{}] });
    expect(busy.received).toHaveLength(1);
    await failureOf(gateway.files.create({ file: new Blob(['some data']) as never, purpose: 'user_data' }));
    expect(busy.received).toHaveLength(3);
  });

  it.for(BREAKING)(
    "whose bytes fail, as %s, is its giver's fault: no mark for the deployment, no cost",
    async ([, make, why]) => {
      const { origin, received } = await serverOf();
      const budgets = [{ name: 'calls', limit: { requests: 10 }, window: 'day' as const }];
      const gateway = gatewayAt(origin, { models: { heard: ['one/whisper-1', 'two/whisper-1'] }, budgets });
      const file = make() as never;
      const heard = await failureOf(gateway.audio.transcriptions.create({ model: 'heard', file }));
      expect(heard).toMatchObject({ name: 'InvalidParamsError', status: 400, message: `400 body: could not be read: ${why}` });
      const looked = await failureOf(gateway.files.create({ file: make() as never, purpose: 'user_data' }));
      expect(looked).toMatchObject({ name: 'InvalidParamsError', message: `400 body: could not be read: ${why}` });
      expect(received).toEqual([]);
      expect(gateway.control.health()).toMatchObject([{ consecutiveFailures: 0 }, { consecutiveFailures: 0 }]);
      expect(await gateway.control.budgets()).toMatchObject([{ spent: { requests: 0 }, reserved: { requests: 0 } }]);
    },
  );

  it('of pieces that are no bytes is refused', async () => {
    const { origin } = await serverOf();
    let closed = false;
    const body = (async function* () {
      try {
        yield { not: 'bytes' };
      } finally {
        closed = true;
      }
    })();
    const error = await failureOf(gatewayAt(origin).post('/files', { body, headers: { 'content-type': 'text/plain' } }));
    expect(error).toMatchObject({ status: 400, message: '400 body: could not be read: expected pieces of bytes or text' });
    expect(closed).toBe(true);
  });

  it('that is a stream is sent elsewhere where nothing of it was read', async () => {
    const { origin, received } = await serverOf();
    const gateway = gatewayAt(origin, {
      providers: {
        gone: { type: 'openai-compatible', apiKey: 'k', baseURL: 'http://127.0.0.1:1/v1' },
        two: { type: 'openai-compatible', apiKey: 'k', baseURL: `${origin}/two/v1` },
      },
      defaultProvider: 'two',
      models: { heard: ['gone/whisper-1', 'two/whisper-1'] },
    });
    const answer = await gateway.audio.transcriptions.create({ model: 'heard', file: pieces('some data') as never });
    expect(routeOf(answer)).toMatchObject({ deployment: 'two/whisper-1', attempts: [{ deployment: 'gone/whisper-1' }, {}] });
    expect(received).toHaveLength(1);
  });

  it('is read only as fast as it is sent, and let go of when the call is aborted', async () => {
    let stop: () => void = () => {};
    const stopped = new Promise<void>((resolve) => {
      stop = resolve;
    });
    // Takes nothing but the head.
    const server = createServer(() => {});
    server.on('connection', (socket) => socket.pause());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closeAfterTest(async () => {
      server.closeAllConnections();
      server.close();
    });
    const gateway = gatewayAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    let made = 0;
    const piece = Buffer.alloc(65_536);
    const source = new ReadableStream<Uint8Array>({
      pull(controller) {
        made += piece.byteLength;
        controller.enqueue(piece);
        if (made > 2_000_000_000) controller.close();
      },
      cancel: () => stop(),
    });
    const controller = new AbortController();
    const upload = gateway.files.create({ file: source as never, purpose: 'user_data' }, { signal: controller.signal });
    const failure = failureOf(upload);
    await until(() => made > 1_000_000);
    controller.abort();
    expect(await failure).toBeInstanceOf(APIUserAbortError);
    await stopped;
    expect(made).toBeLessThan(100_000_000);
  });

  it('that is a stream goes through a client of the user too', async () => {
    const { origin, received } = await serverOf();
    const client = new OpenAI({ apiKey: 'k', baseURL: `${origin}/own/v1` });
    const gateway = gatewayOf({
      providers: { own: { type: 'openai-compatible', client } },
      models: { heard: ['own/whisper-1'] },
    });
    await gateway.audio.transcriptions.create({ model: 'heard', file: pieces('some', ' data') as never });
    await gateway.files.create({ file: new Blob(['some data']) as never, purpose: 'user_data' });
    const texts = received.map(async ({ form }) => (form.get('file') as File).text());
    expect(await Promise.all(texts)).toEqual(['some data', 'some data']);
    expect(received[0]?.form.get('model')).toBe('whisper-1');
  });

  it('of a batch is looked into where budgets ask what it comes to', async () => {
    const line = (id: string) =>
      `${JSON.stringify({ custom_id: id, method: 'POST', url: '/v1/chat/completions', body: { model: 'm', max_tokens: 5, messages: [{ role: 'user', content: 'x' }] } })}\n`;
    const { origin, received } = await serverOf((request) =>
      request.url?.endsWith('/batches')
        ? { status: 200, body: { id: 'batch_1', object: 'batch', status: 'validating' } }
        : undefined,
    );
    const gateway = gatewayAt(origin, {
      prices: { 'one/m': { input: 1, output: 1 } },
      budgets: [{ name: 'all', limit: { usd: 1 }, window: 'day' }],
    });
    const file = await gateway.files.create({
      file: createReadStream(await fileOf(line('a') + line('b'), 'b.jsonl')),
      purpose: 'batch',
    });
    await gateway.batches.create({ input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h' });
    expect(received.map(({ url }) => url)).toEqual(['/one/v1/files', '/one/v1/batches']);
    const [balance] = await gateway.control.budgets();
    expect(balance?.reserved.usd).toBeGreaterThan(0);
  });
});

describe('a body that is no JSON', () => {
  it.for([
    ['bytes', Buffer.from('a,b')],
    ['a blob', new Blob(['a,b'])],
    ['an iterable', pieces('a', ',b')],
    ['text', 'a,b'],
  ] as const)('goes as it is: %s', async ([, body]) => {
    const seen: string[] = [];
    const { origin } = await serverOf((request, sent) => {
      seen.push(`${request.headers['content-type']} ${sent}`);
      return undefined;
    });
    await gatewayAt(origin).post('/things', { body: body as never, headers: { 'content-type': 'text/csv' } });
    expect(seen).toEqual(['text/csv a,b']);
  });
});
