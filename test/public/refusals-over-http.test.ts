import OpenAI from 'openai';
import { createVirtualKey, type GatewayConfig } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { failureOf, gatewayOf, messages, providersAt, until, upstream } from './harness.ts';

async function guarded(config: Partial<GatewayConfig>) {
  const server = await upstream();
  const gateway = gatewayOf({
    providers: providersAt(server, 'one'),
    models: {
      fast: [{ provider: 'one', model: 'm', price: { input: 1, output: 2 } }],
      free: ['one/unheard-of'],
    },
    retry: { attemptsPerDeployment: 1 },
    ...config,
  });
  const ask = (model: string, headers: Record<string, string> = {}) =>
    gateway.handler('http://x/v1/chat/completions', {
      method: 'POST',
      headers,
      body: JSON.stringify({ model, messages, max_tokens: 1_000 }),
    });
  return { server, gateway, ask };
}

type ErrorBody = { error: Record<string, unknown> & { message: string } };
const bodyOf = async (response: Response) => ((await response.json()) as ErrorBody).error;

describe('over HTTP', () => {
  it('a message holds no status, so that clients print it once', async () => {
    const { gateway, ask } = await guarded({});
    expect((await bodyOf(await ask('nothing'))).message).toMatch(/^unknown model 'nothing'/);
    const client = new OpenAI(gateway.clientOptions());
    const error = await failureOf(client.chat.completions.create({ model: 'nothing', messages }));
    expect((error as Error).message).toMatch(/^404 unknown model 'nothing'/);
  });

  it('an unknown name is told how undeclared models are asked for', async () => {
    const { ask } = await guarded({});
    expect((await bodyOf(await ask('fsat'))).message).toBe(
      "unknown model 'fsat'; did you mean 'fast'? A model that is not declared is asked for as 'provider/model'",
    );
  });

  it('a budget that refuses is 402 with its name, the reason and the time of its reset', async () => {
    const { ask } = await guarded({ budgets: [{ name: 'small', limit: { usd: 0.001 }, window: 'day' }] });
    const response = await ask('fast');
    const { message, reset_at, ...facts } = await bodyOf(response);
    expect([response.status, response.headers.get('x-should-retry')]).toEqual([402, 'false']);
    expect(facts).toEqual({
      type: 'budget_exceeded',
      code: 'budget_exceeded',
      param: null,
      budget: 'small',
      reason: 'too_little_left',
      remaining: 0.001,
    });
    expect(reset_at).toMatch(/^\d{4}-\d\d-\d\dT00:00:00.000Z$/);
    expect(message).toMatch(
      /^budget 'small' has too little left: this call may need \$0\.002\d*, and \$0\.001 of \$0\.001 is left until 2/,
    );
  });

  it('a budget of tokens for ever says so, and that it is used up', async () => {
    const { ask } = await guarded({ budgets: [{ name: 'none', limit: { tokens: 0 }, window: 'lifetime' }] });
    expect(await bodyOf(await ask('fast'))).toMatchObject({
      message: expect.stringMatching(
        /^budget 'none' is used up: this call may need \d+ tokens, and 0 tokens of 0 tokens is left$/,
      ),
      reason: 'used_up',
      reset_at: null,
    });
  });

  it("an unknown price is told without the operator's configuration", async () => {
    const { ask } = await guarded({ budgets: [{ name: 'money', limit: { usd: 1 }, window: 'day' }] });
    const response = await ask('free');
    const { message, budget } = await bodyOf(response);
    expect([response.status, response.headers.get('x-should-retry'), budget]).toEqual([402, 'false', 'money']);
    expect(message).toBe("'one/unheard-of' cannot be used: budget 'money' limits money, and no price is known for it");
  });

  it("a call that failed everywhere tells the provider's own code beside the gateway's", async () => {
    const server = await upstream((exchange) => exchange.answer(401, { error: { message: 'no', code: 'invalid_api_key' } }));
    const gateway = gatewayOf({ providers: providersAt(server, 'one'), models: { fast: ['one/m'] } });
    const init = { method: 'POST', body: JSON.stringify({ model: 'fast', messages }) };
    const response = await gateway.handler('http://x/v1/chat/completions', init);
    expect(await bodyOf(response)).toMatchObject({ code: 'failover_exhausted', provider_code: 'invalid_api_key' });
  });

  it('an operation without a provider is named as such', async () => {
    const server = await upstream();
    const gateway = gatewayOf({ providers: providersAt(server, 'one', 'two'), models: { fast: ['one/m'] } });
    const response = await gateway.handler('http://x/v1/files');
    expect((await bodyOf(response)).message).toBe(
      "a request to '/files' cannot be served: it names no model: name a provider in the header 'x-tollgate-provider'",
    );
  });
});

describe('a refused key', () => {
  const { key, hash } = createVirtualKey();
  const access = { keys: [{ id: 'shop', hash, caller: { team: 'shop' } }] };
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  it('is an event without anything of the key, at most ten per second', async () => {
    const { gateway, ask } = await guarded({ access });
    const events: unknown[] = [];
    gateway.on('access.deny', (event) => events.push({ ...event }));
    for (let at = 0; at < 30; at += 1) expect((await ask('fast', bearer(`tg-wrong-${at}`))).status).toBe(401);
    await until(() => events.length === 10);
    expect(events[0]).toMatchObject({ type: 'access.deny', reason: 'invalid_key', caller: {}, model: '', suppressed: 0 });
    expect(JSON.stringify(events)).not.toContain('tg-wrong');
  });

  it('in process is one too', async () => {
    const { gateway } = await guarded({ access });
    const events: unknown[] = [];
    gateway.on('access.deny', ({ reason }) => events.push(reason));
    expect(() => gateway.for({ key: 'tg-wrong' })).toThrow('the virtual key is not valid');
    await until(() => events.length === 1);
    expect(events).toEqual(['invalid_key']);
  });

  it('is slowed with 429 where there were too many, and a good key is not', async () => {
    const { ask } = await guarded({ access: { ...access, maxFailuresPerMinute: 3 } });
    const statuses: number[] = [];
    for (let at = 0; at < 5; at += 1) statuses.push((await ask('fast', bearer('tg-wrong'))).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    const slowed = await ask('fast', bearer('tg-wrong'));
    expect(Number(slowed.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(slowed.headers.get('x-should-retry')).toBe('false');
    expect((await ask('fast', bearer(key))).status).toBe(200);
  });

  it('is counted by the place that the proxy tells, which is the last of a list', async () => {
    const { gateway, ask } = await guarded({ access: { ...access, maxFailuresPerMinute: 1, placeHeader: 'X-Forwarded-For' } });
    const places: unknown[] = [];
    gateway.on('access.deny', ({ place }) => places.push(place));
    const from = async (place: string) => (await ask('fast', { ...bearer('tg-wrong'), 'x-forwarded-for': place })).status;
    expect([await from('10.0.0.1'), await from('made-up, 10.0.0.1'), await from('10.0.0.2')]).toEqual([401, 429, 401]);
    await until(() => places.length === 3);
    expect(places).toEqual(['10.0.0.1', '10.0.0.1', '10.0.0.2']);
  });
});

describe("a budget with missing: 'deny'", () => {
  const budgets: GatewayConfig['budgets'] = [
    { name: 'teams', each: 'team', limit: { usd: 1 }, window: 'day', missing: 'deny' },
    { name: 'users', each: 'user', match: { model: 'free' }, limit: { requests: 5 }, window: 'day', missing: 'deny' },
  ];

  it('refuses a caller without its dimension, and only such', async () => {
    const { gateway, server } = await guarded({ budgets });
    const create = (caller: Record<string, string>, model = 'fast') =>
      gateway.for(caller).chat.completions.create({ model, messages });
    await expect(create({})).rejects.toMatchObject({
      status: 403,
      code: 'access_denied',
      message: expect.stringContaining("budget 'teams' needs a caller with 'team'"),
    });
    await expect(create({ team: 'a' })).resolves.toBeDefined();
    await expect(create({ team: 'a' }, 'free')).rejects.toMatchObject({ message: expect.stringContaining("with 'user'") });
    expect(server.requests).toHaveLength(1);
    expect(await gateway.control.plan({ model: 'fast', messages })).toMatchObject({
      verdict: 'deny',
      reason: "budget 'teams' needs a caller with 'team'",
    });
  });
});
