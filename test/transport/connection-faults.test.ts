import { readFileSync } from 'node:fs';
import net from 'node:net';
import { Agent } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { TransportError } from '../../src/core/transport-error.ts';
import { asking, faultOf, openTransport, post, rejection, serve, socketsFree, textOf } from './sending.ts';

const pem = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url));
const tls = { key: pem('key'), cert: pem('certificate') };

describe('a connection that cannot be made', () => {
  it('because it is refused', async () => {
    const closed = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as net.AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const error = await rejection(openTransport().send(post(`http://127.0.0.1:${port}`), asking('whole')));
    expect(error).toMatchObject({ fault: 'connect-refused', code: 'ECONNREFUSED', neverSent: true, staleSocket: false });
    expect(error).toMatchObject({ message: `no connection could be made (127.0.0.1:${port})` });
  });

  it.each([
    ['ENOTFOUND', 'dns'],
    ['EAI_AGAIN', 'dns-temporary'],
  ])('because the name does not resolve: %s', async (code, fault) => {
    const lookup: net.LookupFunction = (_host, _options, callback) => callback(Object.assign(new Error(code), { code }), []);
    const dispatcher = new Agent({ connect: { lookup } });
    onTestFinished(() => dispatcher.destroy());
    const error = await rejection(openTransport({ dispatcher }).send(post('http://nowhere.test'), asking('whole')));
    expect(error).toMatchObject({ fault, code, neverSent: true });
  });

  it.each([
    ['is signed by nobody known', 'certificate', undefined, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['has expired', 'expired-certificate', 'expired-certificate', 'CERT_HAS_EXPIRED'],
  ])('because the certificate %s', async (_, certificate, authority, code) => {
    const server = await serve(() => {}, { tls: { key: tls.key, cert: pem(certificate) } });
    const dispatcher = authority === undefined ? undefined : new Agent({ connect: { ca: pem(authority) } });
    const error = await rejection(openTransport({ dispatcher }).send(post(server.origin), asking('whole')));
    expect(error).toMatchObject({ fault: 'tls', code, neverSent: true });
    expect(server.requests).toHaveLength(0);
  });

  it('because the certificate is for another host', async () => {
    const server = await serve(() => {}, { tls });
    const dispatcher = new Agent({ connect: { ca: tls.cert, servername: 'other.test' } });
    const error = await rejection(openTransport({ dispatcher }).send(post(server.origin), asking('whole')));
    expect(error).toMatchObject({ fault: 'tls', code: 'ERR_TLS_CERT_ALTNAME_INVALID', neverSent: true });
  });

  it('because the port speaks no TLS', async () => {
    const server = await serve(() => {}, { onConnection: (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n') });
    const error = await rejection(openTransport().send(post(server.origin.replace('http:', 'https:')), asking('whole')));
    expect(error).toMatchObject({ fault: 'tls', code: expect.stringMatching(/^ERR_SSL/), neverSent: true });
  });

  it('but can be, over TLS with a certificate that verifies', async () => {
    const server = await serve((exchange) => exchange.answer(200, 'safe'), { tls });
    const dispatcher = new Agent({ connect: { ca: tls.cert } });
    expect(textOf(await openTransport({ dispatcher }).send(post(server.origin), asking('whole')))).toBe('safe');
    await dispatcher.close();
  });
});

describe('a connection that closes before the answer', () => {
  it('by a reset or regularly: it may have run', async () => {
    const facts = { fault: 'closed-before-answer', neverSent: false, staleSocket: false };
    expect(await faultOf((exchange) => exchange.reset())).toMatchObject({ ...facts, code: 'ECONNRESET' });
    expect(await faultOf((exchange) => exchange.end())).toMatchObject({ ...facts, code: 'UND_ERR_SOCKET' });
  });

  it.each(['end', 'reset'] as const)('by %s on a socket that was used before: it was stale', async (close) => {
    const server = await serve((exchange) => (exchange.index === 0 ? exchange.answer(200, {}) : exchange[close]()));
    const transport = openTransport();
    await transport.send(post(server.origin), asking('whole'));
    await socketsFree();
    const error = await rejection(transport.send(post(server.origin), asking('whole')));
    expect(error).toMatchObject({ fault: 'closed-before-answer', staleSocket: true, neverSent: false });
    expect(server.connections).toBe(1);
  });

  it('is not stale where a byte of the answer came', async () => {
    const server = await serve(async (exchange) => {
      if (exchange.index === 0) return exchange.answer(200, {});
      await exchange.write('HTTP/1.1 200');
      exchange.end();
    });
    const transport = openTransport();
    await transport.send(post(server.origin), asking('whole'));
    await socketsFree();
    const error = await rejection(transport.send(post(server.origin), asking('whole')));
    expect(error).toMatchObject({ fault: 'closed-in-answer', staleSocket: false });
  });

  it('while idle costs nothing: the next request takes a fresh socket', async () => {
    const server = await serve(async (exchange) => {
      await exchange.answer(200, exchange.request.connection);
      exchange.end();
    });
    const transport = openTransport();
    for (const connection of ['0', '1']) {
      expect(textOf(await transport.send(post(server.origin), asking('whole')))).toBe(connection);
      await server.quiet();
    }
  });
});

describe('a request that is not valid', () => {
  it.each([
    ['a line break in a header', { headers: { authorization: 'Bearer sk-secret\r\nx: y' } }],
    ['a character beyond latin-1 in a header', { headers: { authorization: 'Bearer sk-secret-€' } }],
    ['a header name with a space', { headers: { 'sk secret': 'x' } }],
    ['a path with a space', { path: '/sk-secret x' }],
  ])('for %s is not sent, and its value is in no message', async (_, more) => {
    const server = await serve(() => {});
    const error = await rejection(openTransport().send(post(server.origin, more), asking('whole')));
    expect(error).toMatchObject({ fault: 'invalid-request', neverSent: true });
    expect((error as TransportError).message).not.toContain('secret');
    expect((error as TransportError).cause).toBeUndefined();
    expect(server.connections).toBe(0);
  });
});

describe('a proxy', () => {
  it('that refuses a tunnel is told, without its credentials', async () => {
    const proxy = await serve((exchange) => exchange.answer(407, ''));
    const url = proxy.origin.replace('//', '//user:secret@');
    const transport = openTransport({ proxy: { httpsProxy: url } });
    const error = (await rejection(transport.send(post('https://api.test'), asking('whole')))) as TransportError;
    expect(error).toMatchObject({ fault: 'proxy', neverSent: true });
    expect(`${error.message} ${String(error.cause)}`).not.toContain('secret');
    expect(proxy.requests[0]).toMatchObject({ method: 'CONNECT', path: 'api.test:443' });
  });

  it('that refuses a plain request is told', async () => {
    const proxy = await serve((exchange) => exchange.answer(407, ''));
    const transport = openTransport({ proxy: { httpProxy: proxy.origin } });
    expect(await rejection(transport.send(post('http://api.test'), asking('whole')))).toMatchObject({ fault: 'proxy' });
    await proxy.quiet();
  });

  it('is used where it is named, and not where it is excepted', async () => {
    const proxy = await serve((exchange) => exchange.answer(200, 'proxied'));
    const server = await serve((exchange) => exchange.answer(200, 'direct'));
    const transport = openTransport({ proxy: { httpProxy: proxy.origin, noProxy: '127.0.0.1' } });
    expect(textOf(await transport.send(post('http://api.test'), asking('whole')))).toBe('proxied');
    expect(textOf(await transport.send(post(server.origin), asking('whole')))).toBe('direct');
    expect(proxy.requests[0]?.path).toBe('http://api.test/v1/chat');
  });
});
