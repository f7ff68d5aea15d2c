import OpenAI from 'openai';
import type { GatewayConfig } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { failureOf, gatewayOf, providersAt, upstream } from './harness.ts';
import { serve } from './node-server.ts';

const OFFER = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n';

async function served(config: Partial<GatewayConfig> = {}, location = '/v1/realtime/calls/rtc_1') {
  const server = await upstream((exchange) =>
    exchange.answer(201, 'v=0 answer', { 'content-type': 'application/sdp', location }),
  );
  const gateway = gatewayOf({ providers: providersAt(server, 'one'), defaultProvider: 'one', ...config });
  const plain = new OpenAI({ apiKey: 'k', baseURL: `${server.origin}/one/v1`, maxRetries: 0 });
  const http = await serve(gateway.handler);
  const remote = new OpenAI({ apiKey: 'k', baseURL: `${http.origin}/v1`, maxRetries: 0 });
  return { server, clients: [plain, gateway, remote], gateway, remote };
}

/** Bodies and types, whatever the boundary is. */
function sentTo({ requests }: Awaited<ReturnType<typeof served>>['server']): string[] {
  return requests.map(({ headers, body }) => {
    const type = headers.get('content-type') ?? '';
    const boundary = /boundary=(\S+)/.exec(type)?.[1] ?? '\0';
    return `${type}\n${body}`.replaceAll(boundary, 'boundary');
  });
}

describe('a call over WebRTC', () => {
  it.each([
    ['a form, whose fields have types', { sdp: OFFER, session: { type: 'realtime' as const, model: 'gpt-realtime' } }],
    ['its offer alone', { sdp: OFFER }],
  ])('is begun as by the plain client, in the process and over HTTP: %s', async (_, params) => {
    const { server, clients } = await served();
    for (const client of clients) {
      const response = await client.realtime.calls.create(params);
      expect([response.status, await response.text()]).toEqual([201, 'v=0 answer']);
      expect(response.headers.get('location')).toBe('/v1/realtime/calls/rtc_1');
    }
    const [plain, ...others] = sentTo(server);
    expect(others).toEqual([plain, plain]);
  });

  it('does not tell the address of its provider', async () => {
    const { gateway, remote } = await served({}, 'https://account.example.com/v1/realtime/calls/rtc_1');
    for (const client of [gateway, remote]) {
      const response = await client.realtime.calls.create({ sdp: OFFER });
      expect(response.headers.get('location')).toBeNull();
    }
  });

  it('goes where the model of its session goes, by the name that is known there', async () => {
    const { server, clients } = await served({ models: { talk: ['one/gpt-realtime'] } });
    for (const client of clients.slice(1)) {
      await client.realtime.calls.create({ sdp: OFFER, session: { type: 'realtime', model: 'talk' } });
    }
    const sent = sentTo(server);
    expect(sent).toHaveLength(2);
    for (const body of sent) {
      expect(body).toContain(
        'name="session"\r\nContent-Type: application/json\r\n\r\n{"type":"realtime","model":"gpt-realtime"}\r\n',
      );
    }
  });

  it('is for who may use the model of its session', async () => {
    const rules = [{ match: { app: 'web' }, deny: ['one/gpt-realtime'] }];
    const { server, gateway } = await served({ access: { rules } });
    const session = { type: 'realtime' as const, model: 'gpt-realtime' };
    expect(await failureOf(gateway.for({ app: 'web' }).realtime.calls.create({ sdp: OFFER, session }))).toMatchObject({
      status: 403,
    });
    expect(server.requests).toHaveLength(0);
  });

  it.each([
    ['two of them', (form: FormData) => form.append('session', '{}')],
    ['a file', (form: FormData) => form.set('session', new File(['{}'], 'session.json'))],
    ['no JSON', (form: FormData) => form.set('session', '{')],
    ['a long one', (form: FormData) => form.set('session', `"${'x'.repeat(300_000)}"`)],
    ['deep JSON', (form: FormData) => form.set('session', `${'['.repeat(200)}${']'.repeat(200)}`)],
  ])('is refused with a session that cannot be read: %s', async (_, change) => {
    const { server, gateway } = await served();
    const form = new FormData();
    form.set('sdp', OFFER);
    form.set('session', '{"model":"gpt-realtime"}');
    change(form);
    for (const send of [
      () => gateway.post('/realtime/calls', { body: form }),
      () => gateway.handler('http://x/v1/realtime/calls', { method: 'POST', body: form }),
    ]) {
      const answer: unknown = await send().catch((error: unknown) => error);
      expect(answer).toMatchObject({ status: 400 });
    }
    expect(server.requests).toHaveLength(0);
  });

  it('has no price that is known', async () => {
    const { server, clients } = await served({ budgets: [{ name: 'b', limit: { usd: 1 }, window: 'day' }] });
    for (const client of clients.slice(1)) {
      expect(await failureOf(client.realtime.calls.create({ sdp: OFFER }))).toMatchObject({ status: 402, code: 'unknown_price' });
    }
    expect(server.requests).toHaveLength(0);
  });
});

describe('a body of another type than JSON', () => {
  it('is an offer nowhere else', async () => {
    const { server, gateway } = await served();
    const response = await gateway.handler('http://x/v1/threads/runs', {
      method: 'POST',
      headers: { 'content-type': 'application/sdp' },
      body: OFFER,
    });
    expect(response.status).toBe(400);
    expect(server.requests).toHaveLength(0);
  });

  it('may have fields of a form with types, but no line of a head in them', async () => {
    const { server, gateway } = await served();
    const part = (type: string) => `--b\r\nContent-Disposition: form-data; name="name"\r\nContent-Type: ${type}\r\n\r\nx\r\n`;
    const response = await gateway.handler('http://x/v1/containers', {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      body: `${part('text/plain\nX-Other: 1')}--b--\r\n`,
    });
    expect(response.status).toBe(201);
    expect(String(server.requests[0]?.body)).toContain('name="name"\r\n\r\nx\r\n');
  });
});
