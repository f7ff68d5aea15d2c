import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { asking, drain, openTransport, post, rejection, textOf } from './sending.ts';

const pem = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url));

type OnStream = (stream: http2.ServerHttp2Stream, index: number, session: http2.ServerHttp2Session) => void;

/** A server of HTTP/2, and a transport over a dispatcher of the user's own that speaks it. */
async function overHttp2(onStream: OnStream, onSession: (session: http2.ServerHttp2Session) => void = () => {}) {
  const sessions = new Set<http2.ServerHttp2Session>();
  let requests = 0;
  const server = http2.createSecureServer({ key: pem('key'), cert: pem('certificate') });
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => {});
    onSession(session);
  });
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    const index = requests;
    requests += 1;
    stream.resume();
    onStream(stream, index, stream.session as http2.ServerHttp2Session);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const dispatcher = new Agent({ allowH2: true, connect: { ca: pem('certificate'), allowH2: true } });
  onTestFinished(async () => {
    await dispatcher.destroy();
    for (const session of sessions) session.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const transport = openTransport({ dispatcher });
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ask: (answer: 'whole' | 'server-sent-events' = 'whole') => transport.send(post(origin), asking(answer)),
    requests: () => requests,
    sessions,
  };
}

const answer = (stream: http2.ServerHttp2Stream, text: string) => {
  stream.respond({ ':status': 200, 'content-type': 'application/json' });
  stream.end(text);
};

const { NGHTTP2_REFUSED_STREAM, NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR } =
  http2.constants;

describe('over HTTP/2', () => {
  it('answers come, one after the other on one session', async () => {
    const { ask, requests, sessions } = await overHttp2((stream, index) => answer(stream, `${index}`));
    expect(textOf(await ask())).toBe('0');
    expect(textOf(await ask())).toBe('1');
    expect([requests(), sessions.size]).toEqual([2, 1]);
  });

  it('a stream that is refused was never begun (RFC 9113, section 8.7): the client sends it again, and then says so', async () => {
    const { ask, requests } = await overHttp2((stream) => stream.close(NGHTTP2_REFUSED_STREAM));
    expect(await rejection(ask())).toMatchObject({ name: 'TransportError', fault: 'closed-before-answer', staleSocket: false });
    expect(requests()).toBeLessThanOrEqual(2);
  });

  it.each([
    ['ENHANCE_YOUR_CALM', NGHTTP2_ENHANCE_YOUR_CALM],
    ['CANCEL', NGHTTP2_CANCEL],
    ['INTERNAL_ERROR', NGHTTP2_INTERNAL_ERROR],
  ])('a stream that is reset with %s before an answer is a fault of the connection, not sent again here', async (_, code) => {
    const { ask, requests } = await overHttp2((stream) => stream.close(code));
    const error = await rejection(ask());
    expect(error).toMatchObject({ name: 'TransportError', fault: 'closed-before-answer', neverSent: false, staleSocket: false });
    expect(requests()).toBe(1);
  });

  it.each([
    ['CANCEL', NGHTTP2_CANCEL],
    ['INTERNAL_ERROR', NGHTTP2_INTERNAL_ERROR],
  ])('a stream that is reset with %s inside its answer gives what came, and its wire misses the end', async (_, code) => {
    const { ask } = await overHttp2((stream) => {
      stream.respond({ ':status': 200, 'content-type': 'text/event-stream' });
      stream.write('data: one\n\n', () => stream.close(code));
    });
    const { data, error } = await drain(await ask('server-sent-events'));
    expect(data).toEqual(['one']);
    // undici tells some resets as a regular end; a stream without its marker is no whole one.
    if (error !== undefined) expect(error).toMatchObject({ name: 'TransportError', fault: 'closed-in-answer' });
  });

  it('GOAWAY in the middle of a stream lets it end, and the next request takes a new session', async () => {
    const { ask, sessions } = await overHttp2((stream, index, session) => {
      if (index > 0) return answer(stream, 'next');
      stream.respond({ ':status': 200, 'content-type': 'text/event-stream' });
      stream.write('data: one\n\n', () => {
        session.goaway(NGHTTP2_NO_ERROR, stream.id);
        setImmediate(() => stream.end('data: two\n\n'));
      });
    });
    const { data, error } = await drain(await ask('server-sent-events'));
    expect(textOf(await ask())).toBe('next');
    expect(sessions.size).toBe(2);
    // Whole, or a typed error after what came: never the silent end of half a stream.
    if (error === undefined) expect(data).toEqual(['one', 'two']);
    else expect(error).toMatchObject({ name: 'TransportError', fault: 'closed-in-answer' });
  });

  it('GOAWAY that leaves a request out ends it in a typed error or sends it again, and never leaves it open', async () => {
    const { ask, requests } = await overHttp2((stream, index, session) => {
      if (index > 0) return answer(stream, 'again');
      // The last stream that the server looks at is the one before.
      session.goaway(NGHTTP2_NO_ERROR, 0);
      session.destroy();
      return undefined;
    });
    const settled = await ask().then(textOf, (error: unknown) => error);
    if (settled === 'again') expect(requests()).toBe(2);
    else expect(settled).toMatchObject({ name: 'TransportError', fault: 'closed-before-answer' });
    expect(textOf(await ask())).toBe('again');
  });

  it('GOAWAY while the session is idle costs the next request nothing', async () => {
    const { ask, sessions } = await overHttp2((stream, index) => answer(stream, `${index}`));
    expect(textOf(await ask())).toBe('0');
    const [first] = sessions;
    const closed = new Promise<void>((resolve) => first?.once('close', () => resolve()));
    first?.close();
    await closed;
    expect(textOf(await ask())).toBe('1');
    expect(sessions.size).toBe(2);
  });
});
