import OpenAI from 'openai';
import { createVirtualKey, type GatewayConfig, InvalidKeyError } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { TestClock } from '../support/test-clock.ts';
import { ask, failureOf, gatewayOf, messages, providersAt, upstream } from './harness.ts';

const first = createVirtualKey();
const second = createVirtualKey();
const disabled = createVirtualKey();
const expired = createVirtualKey();
const caller = { team: 'search' };

function keysAt(now: number) {
  return [
    { id: 'search-1', hash: first.hash, caller },
    { id: 'search-2', hash: second.hash, caller, expiresAt: now + 60_000 },
    { id: 'old', hash: disabled.hash, caller, disabled: true },
    { id: 'gone', hash: expired.hash, caller, expiresAt: '2020-01-01' },
  ];
}

async function guarded(more: Partial<GatewayConfig> = {}) {
  const server = await upstream();
  const clock = new TestClock();
  const config = {
    providers: providersAt(server, 'one'),
    models: { fast: ['one/small'], smart: ['one/large'] },
    access: {
      rules: [{ match: { team: 'search' }, allow: ['fast'] }],
      keys: keysAt(clock.now()),
    },
    clock,
    ...more,
  };
  return { gateway: gatewayOf(config), server, clock, config };
}

const post = (headers: Record<string, string> = {}, model = 'fast') => ({
  method: 'POST',
  headers,
  body: JSON.stringify({ model, messages }),
});
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

describe('a virtual key', () => {
  it('is shown once and kept as a digest', () => {
    expect(first.key).toMatch(/^tg-[\w-]{43}$/);
    expect(first.hash).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(first.hash).not.toContain(first.key);
  });

  it('names the caller through the handler, by bearer, and its rules and budgets hold', async () => {
    const { gateway, server } = await guarded();
    const callers: unknown[] = [];
    gateway.on('request.end', (end) => callers.push(end.caller));
    const response = await gateway.handler('http://x/v1/chat/completions', post(bearer(first.key)));
    expect(response.status).toBe(200);
    expect(callers).toEqual([{ key: 'search-1', team: 'search' }]);
    expect((await gateway.handler('http://x/v1/chat/completions', post(bearer(first.key), 'smart'))).status).toBe(403);
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]?.headers.get('authorization')).toBe('Bearer key-of-one');
  });

  it('works as the API key of any OpenAI client that is pointed at the handler', async () => {
    const { gateway } = await guarded();
    const client = new OpenAI({
      apiKey: second.key,
      baseURL: 'http://gateway.internal/v1',
      fetch: gateway.handler,
      maxRetries: 0,
    });
    expect((await client.chat.completions.create({ model: 'fast', messages })).choices[0]?.message.content).toContain('small');
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['fast']);
    const wrong = new OpenAI({ apiKey: 'tg-wrong', baseURL: 'http://gateway.internal/v1', fetch: gateway.handler });
    expect(await failureOf(wrong.models.list())).toMatchObject({ status: 401, code: 'invalid_key' });
  });

  it('names the caller in process by for({ key })', async () => {
    const { gateway } = await guarded();
    const callers: unknown[] = [];
    gateway.on('request.end', (end) => callers.push(end.caller));
    await ask(gateway.for({ key: first.key, user: 'ada', team: 'admin' }), 'fast');
    expect(callers).toEqual([{ key: 'search-1', team: 'search', user: 'ada' }]);
    expect(() => gateway.for({ key: 'search-1' })).toThrow(InvalidKeyError);
    expect(() => gateway.run({ key: 'nope' }, () => 1)).toThrow(InvalidKeyError);
    expect(() => gateway.clientOptions({ key: disabled.key })).toThrow(InvalidKeyError);
  });

  it('looks the same where it is unknown, disabled, expired, malformed or missing', async () => {
    const { gateway, server } = await guarded();
    const answers = [];
    const presented: Record<string, string>[] = [
      bearer('tg-unknown'),
      bearer(disabled.key),
      bearer(expired.key),
      bearer(`${first.key} `.repeat(2)),
      bearer(first.key.toUpperCase()),
      bearer('__proto__'),
      {},
      { authorization: first.key },
      { 'x-api-key': first.key },
    ];
    for (const headers of presented) {
      const response = await gateway.handler('http://x/v1/chat/completions', post(headers));
      answers.push({ status: response.status, headers: [...response.headers], body: await response.text() });
    }
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]).toMatchObject({ status: 401, body: expect.stringContaining('invalid_key') });
    expect(server.requests).toEqual([]);
  });

  it('is one of two that are active while one is rotated out, and ends at its time', async () => {
    const { gateway, clock } = await guarded();
    const status = async (key: string) => (await gateway.handler('http://x/v1/models', { headers: bearer(key) })).status;
    expect([await status(first.key), await status(second.key)]).toEqual([200, 200]);
    clock.advance(60_000);
    expect([await status(first.key), await status(second.key)]).toEqual([200, 401]);
  });

  it('is taken out of force by an update', async () => {
    const { gateway, config, clock } = await guarded();
    const keys = keysAt(clock.now()).map((key) => (key.id === 'search-1' ? { ...key, disabled: true } : key));
    gateway.control.update({ ...config, access: { ...config.access, keys } });
    expect((await gateway.handler('http://x/v1/models', { headers: bearer(first.key) })).status).toBe(401);
  });

  it('is not asked of code of this process, nor of a handler that is bound to a caller', async () => {
    const { gateway } = await guarded();
    expect(await ask(gateway, 'smart')).toContain('large');
    expect((await gateway.for(caller).handler('http://x/v1/chat/completions', post())).status).toBe(200);
    const { fetch } = gateway.clientOptions(caller);
    expect((await fetch('http://x/v1/chat/completions', post({}, 'smart'))).status).toBe(403);
  });
});
