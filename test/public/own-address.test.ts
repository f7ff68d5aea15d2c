import { describe, expect, it } from 'vitest';
import { gatewayOf, messages, providersAt, upstream } from './harness.ts';

const chat = JSON.stringify({ model: 'fast', messages });

async function besideAnother() {
  const own = await upstream();
  const other = await upstream();
  const gateway = gatewayOf({
    providers: providersAt(own, 'one'),
    models: { fast: ['one/m'] },
    defaultProvider: 'one',
    retry: { maxAttempts: 1 },
  });
  const { host } = new URL(other.origin);
  const send = (url: string, init: RequestInit) => gateway.handler(url, { method: 'POST', ...init });
  return { own, other, host, send };
}

describe('what a request brings leads to no other address than the configured one', () => {
  it('by its path', async () => {
    const { own, other, host, send } = await besideAnother();
    for (const path of [`//${host}/v1/files`, `/v1//${host}/files`, `/v1/http://${host}/files`, `/v1/@${host}/files`]) {
      await send(`http://gateway.example${path}`, { body: '{}' });
      await send(`http://gateway.example${path}`, { method: 'GET' });
    }
    await send(`http://${host}/v1/chat/completions`, { body: chat });
    expect(other.requests).toEqual([]);
    expect(own.requests.map(({ path }) => path.startsWith('/one/v1/'))).not.toContain(false);
  });

  it('by its headers', async () => {
    const { own, other, host, send } = await besideAnother();
    const names = [
      'host',
      'x-forwarded-host',
      'forwarded',
      'x-original-url',
      'x-rewrite-url',
      'x-portkey-custom-host',
      'location',
    ];
    const headers = Object.fromEntries(names.map((name) => [name, name === 'forwarded' ? `host=${host}` : host]));
    await send('http://gateway.example/v1/chat/completions', { body: chat, headers });
    expect([own.requests.length, other.requests.length]).toEqual([1, 0]);
  });

  it('by its params', async () => {
    const { own, other, send } = await besideAnother();
    const address = `${other.origin}/v1`;
    const params = { model: 'fast', messages, base_url: address, baseURL: address, api_base: address, url: address };
    await send('http://gateway.example/v1/chat/completions', { body: JSON.stringify(params) });
    expect([own.requests.length, other.requests.length]).toEqual([1, 0]);
  });

  it.each([302, 307, 308])('nor does a %i of the configured one', async (status) => {
    const other = await upstream();
    const own = await upstream((exchange) => exchange.answer(status, '', { location: `${other.origin}/v1/chat/completions` }));
    const gateway = gatewayOf({ providers: providersAt(own, 'one'), models: { fast: ['one/m'] }, retry: { maxAttempts: 1 } });
    const response = await gateway.handler('http://gateway.example/v1/chat/completions', { method: 'POST', body: chat });
    expect([response.status, own.requests.length, other.requests.length]).toEqual([502, 1, 0]);
  });
});
