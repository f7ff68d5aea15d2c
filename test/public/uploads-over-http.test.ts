import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { Spool } from '../../src/gateway/doors/http-body/spool.ts';
import { closeAfterTest, gatewayOf, providersAt, upstream } from './harness.ts';

const LIMITS = { maxRequestBytes: 10_000, maxUploadBytes: 1_000_000 };

async function served() {
  const server = await upstream((exchange) => exchange.answer(200, { text: 'spoken' }));
  const gateway = gatewayOf({ providers: providersAt(server, 'one'), models: { fast: ['one/m'] }, handler: LIMITS });
  const send = (body: unknown, boundary = 'b', chunk = 0) =>
    gateway.handler('http://x/v1/audio/transcriptions', {
      method: 'POST',
      headers: boundary === '' ? {} : { 'content-type': `multipart/form-data; boundary=${boundary}` },
      body: chunk === 0 ? body : inChunks(Buffer.from(String(body), 'latin1'), chunk),
      duplex: 'half',
    });
  return { server, send };
}

function inChunks(bytes: Buffer, size: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(new Uint8Array(bytes.subarray(at, at + size)));
      at += size;
    },
  });
}

const field = (name: string, value: string) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const file = (content: string, disposition = 'filename="a.wav"') =>
  `--b\r\nContent-Disposition: form-data; name="file"; ${disposition}\r\nContent-Type: audio/wav\r\n\r\n${content}\r\n`;
const end = '--b--\r\n';

const uploadsLeft = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`tollgate-upload`)).length;

describe('an upload over HTTP', () => {
  it.each([1, 7, 64, 5_000])('arrives whole in chunks of %d bytes, whatever looks like a boundary', async (size) => {
    const { server, send } = await served();
    const content = '\r\n--a\r\n--\r\n-'.repeat(10);
    const response = await send(
      `\r\npreamble\r\n${field('prompt', '')}${file(content)}${field('model', 'fast')}${end}epilogue`,
      'b',
      size,
    );
    expect(response.status).toBe(200);
    const sent = server.requests[0]?.body.toString('latin1') ?? '';
    expect(sent).toContain(`\r\n\r\n${content}\r\n--`);
    expect(sent).toMatch(/name="prompt"\r\n\r\n\r\n/);
    expect(sent).toMatch(/name="model"\r\n\r\nm\r\n/);
    expect(sent).toContain('Content-Type: audio/wav');
  });

  it('that is large waits in a file, which goes with the call', async () => {
    const before = uploadsLeft();
    const { server, send } = await served();
    const content = Array.from({ length: 90_000 }, (_, at) => String(at % 10_000).padStart(10, '0')).join('');
    expect((await send(field('model', 'fast') + file(content) + end, 'b', 30_000)).status).toBe(200);
    expect(server.requests[0]?.body.toString('latin1')).toContain(content);
    expect(uploadsLeft()).toBe(before);
  });

  it('that is large ends with an error where no provider takes it, and the process goes on', async () => {
    const before = uploadsLeft();
    const gone = await upstream();
    const gateway = gatewayOf({
      providers: providersAt(gone, 'one', 'two'),
      models: { fast: ['one/m', 'two/m'] },
      retry: { minDelayMs: 1, maxDelayMs: 2 },
    });
    await gone.close();
    const response = await gateway.handler('http://x/v1/audio/transcriptions', {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      body: inChunks(Buffer.from(field('model', 'fast') + file('x'.repeat(6_000_000)) + end), 500_000),
      duplex: 'half',
    });
    expect([response.status, uploadsLeft()]).toEqual([502, before]);
  });

  it('that is large goes whole to another provider where one refuses it', async () => {
    const received: string[] = [];
    const server = createServer(async (incoming, outgoing) => {
      const bytes = Buffer.concat(await incoming.toArray());
      received.push(`${incoming.url?.split('/')[1]} ${Math.floor(bytes.length / 1_000)} kB`);
      outgoing.writeHead(incoming.url?.startsWith('/one') ? 503 : 200, { 'content-type': 'application/json' });
      outgoing.end(JSON.stringify({ text: 'spoken' }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closeAfterTest(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const gateway = gatewayOf({ providers: providersAt({ origin }, 'one', 'two'), models: { fast: ['one/m', 'two/m'] } });
    const response = await gateway.handler('http://x/v1/audio/transcriptions', {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      body: inChunks(Buffer.from(field('model', 'fast') + file('x'.repeat(6_000_000)) + end), 500_000),
      duplex: 'half',
    });
    expect([response.status, received]).toEqual([200, ['one 6000 kB', 'two 6000 kB']]);
  });

  it.each([
    ['filename="na%22me \u00c3\u00a9.wav"', 'filename="na%22me é.wav"'],
    ["filename*=utf-8''%C3%A9.wav", 'filename="é.wav"'],
    ['filename=bare.wav', 'filename="bare.wav"'],
  ])('keeps the name of its file: %s', async (disposition, expected) => {
    const { server, send } = await served();
    await send(field('model', 'fast') + file('x', disposition) + end, 'b', 100);
    expect(server.requests[0]?.body.toString('utf8')).toContain(expected);
  });

  it.each([
    ['larger than it may be', 413, file('x'.repeat(1_000_000))],
    ['with fields larger than a body may be', 413, field('prompt', 'x'.repeat(10_001)) + end],
    ['without an end', 400, file('x').slice(0, -8)],
    ['without a boundary that was told', 400, 'nothing of the kind'],
    ['with a part that has no name', 400, `--b\r\n\r\nx\r\n${end}`],
    ['with a head that never ends', 400, `--b\r\n${'x'.repeat(20_000)}`],
    ['with too many parts', 400, field('a', '').repeat(1_001) + end],
    ['with something after a boundary', 400, '--bx\r\n'],
  ])('%s is refused', async (_, status, body) => {
    const before = uploadsLeft();
    const { server, send } = await served();
    const response = await send(body, 'b', 4_000);
    expect([response.status, response.headers.get('x-should-retry')]).toEqual([status, 'false']);
    expect([server.requests.length, uploadsLeft()]).toEqual([0, before]);
  });

  it('without a boundary in its type, or with one that is too long, is refused', async () => {
    const { send } = await served();
    expect((await send('x', 'b'.repeat(80))).status).toBe(400);
    expect((await send('x', ' ')).status).toBe(400);
  });
});

describe('the files of one form', () => {
  it('hold no more than 1 MiB of memory together, however many and small they are', async () => {
    const together = { bytes: 0 };
    const spools = Array.from({ length: 30 }, () => new Spool(together));
    const contents = spools.map((_, index) => String.fromCharCode(97 + index).repeat(100_000));
    let most = 0;
    for (const [index, spool] of spools.entries()) {
      await spool.write(Buffer.from(contents[index] ?? ''));
      most = Math.max(most, together.bytes);
    }
    expect(most).toBeGreaterThan(900_000);
    expect(most).toBeLessThanOrEqual(1024 * 1024);
    const blobs = await Promise.all(spools.map((spool) => spool.blob()));
    expect(await Promise.all(blobs.map((blob) => blob.text()))).toEqual(contents);
    for (const spool of spools) await spool.discard();
  });

  it('keep their place, and the model its own, whatever it is called upstream', async () => {
    const { server, send } = await served();
    await send(`${field('model', 'fast')}${file('a')}${field('prompt', 'p')}${end}`);
    const names = [...String(server.requests[0]?.body).matchAll(/ name="(\w+)"/g)].map(([, name]) => name);
    expect(names).toEqual(['model', 'file', 'prompt']);
  });
});
