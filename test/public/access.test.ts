import { AccessDeniedError, type EventMap, type Gateway, type GatewayConfig, routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { completion } from '../support/chat-upstream.ts';
import {
  ask,
  bodies,
  bodyOf,
  Failing,
  failureOf,
  gatewayOf,
  messages,
  providersAt,
  recordingProvider,
  upstream,
} from './harness.ts';

/** Two providers, a cheap and a dear model, and rules over them. */
async function guarded(access: GatewayConfig['access'], more: Partial<GatewayConfig> = {}) {
  const server = await upstream();
  const gateway = gatewayOf({
    providers: providersAt(server, 'one', 'two'),
    defaultProvider: 'one',
    models: { fast: ['one/small'], smart: ['one/large', 'two/large'], 'wild/*': ['one/*'], alias: ['smart'] },
    access,
    ...more,
  });
  return { gateway, server };
}

const intern = { team: 'intern' };

describe('a rule that allows one model', () => {
  const access = { rules: [{ match: { team: 'intern' }, allow: ['fast'] }] };
  const ways = [
    'smart',
    'alias',
    'one/large',
    'two/large',
    'wild/large',
    'large',
    'SMART',
    'Fast',
    'fast/',
    'fast ',
    ' fast',
    '/fast',
    'fast\u0000',
    'fast\u200b',
    'fas\uff54',
    'one//small',
    'one/../two/large',
    'one/small/../large',
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    '*',
    'fast*',
    '',
    'ONE/large',
    'one/large?x=fast',
    'x'.repeat(600),
  ];

  it.each(ways)('cannot be got round by the name %j', async (name) => {
    const { gateway, server } = await guarded(access);
    const error = await failureOf(ask(gateway.for(intern), name));
    expect((error as { status?: number }).status).toBeOneOf([400, 403, 404]);
    const response = await gateway
      .for(intern)
      .handler('http://x/v1/chat/completions', { method: 'POST', body: JSON.stringify({ model: name, messages }) });
    expect(response.status).toBeOneOf([400, 403, 404]);
    expect(server.requests).toEqual([]);
  });

  it('lets the model through, and everything to those whom no rule concerns', async () => {
    const { gateway } = await guarded(access);
    expect(await ask(gateway.for(intern), 'fast')).toContain('small');
    expect(await ask(gateway, 'smart')).toContain('large');
  });

  it('is an AccessDeniedError and an event', async () => {
    const { gateway } = await guarded(access);
    const denied: EventMap['access.deny'][] = [];
    const ends: EventMap['request.end'][] = [];
    gateway.on('access.deny', (event) => denied.push(event));
    gateway.on('request.end', (event) => ends.push(event));
    const error = await failureOf(ask(gateway.for(intern), 'smart'));
    expect(error).toBeInstanceOf(AccessDeniedError);
    expect(error).toMatchObject({ status: 403, code: 'access_denied' });
    expect(denied).toMatchObject([{ model: 'smart', caller: intern }]);
    expect(ends).toMatchObject([{ outcome: 'denied', attempts: 0 }]);
  });

  it('shows in models.list and models.retrieve, also through the handler', async () => {
    const { gateway } = await guarded(access);
    const client = gateway.for(intern);
    const names = async (of: Gateway) => (await of.models.list()).data.map(({ id }) => id);
    expect(await names(client)).toEqual(['fast']);
    expect(await names(gateway)).toEqual(['fast', 'smart', 'alias']);
    expect(await client.models.retrieve('fast')).toEqual({ id: 'fast', object: 'model', created: 0, owned_by: 'one' });
    expect(await gateway.models.retrieve('one/anything')).toMatchObject({ id: 'one/anything', owned_by: 'one' });
    for (const name of ['smart', 'one/large', 'nothing'])
      expect(await failureOf(client.models.retrieve(name))).toMatchObject({ status: 404 });
    const page = await (await client.handler('http://x/api/v1/models/')).json();
    expect(page).toMatchObject({ object: 'list', data: [{ id: 'fast' }] });
    expect((await client.handler('http://x/v1/models/smart')).status).toBe(404);
    expect((await client.handler('http://x/v1/models/%E0%A4%A')).status).toBe(404);
    expect((await gateway.handler('http://x/v1/models/one%2Flarge')).status).toBe(200);
  });

  it('suggests only names that the caller may use', async () => {
    const { gateway } = await guarded(access, { defaultProvider: undefined });
    expect(await failureOf(ask(gateway.for(intern), 'smarr'))).toMatchObject({ code: 'model_not_found', suggestions: [] });
    expect(await failureOf(ask(gateway, 'smarr'))).toMatchObject({ suggestions: ['smart'] });
    expect(await failureOf(ask(gateway.for(intern), 'fasst'))).toMatchObject({ suggestions: ['fast'] });
  });
});

describe('a rule that denies', () => {
  const access = { rules: [{ match: { team: 'intern' }, deny: ['one/large', 'smart'] }] };
  const ways = ['smart', 'SMART', 'one/large', 'ONE/LARGE', 'large', 'LARGE', 'wild/large', 'one/\uff4carge', 'one/models/large'];

  it.each(ways)('is not got round by the name %j', async (name) => {
    const { gateway, server } = await guarded(access);
    expect(((await failureOf(ask(gateway.for(intern), name))) as { status?: number }).status).toBeOneOf([403, 404]);
    expect(server.requests).toEqual([]);
  });

  it('wins over every allow', async () => {
    const { gateway } = await guarded({
      rules: [
        { match: {}, allow: '*' },
        { match: { team: 'int*' }, deny: 'fast' },
        { match: { team: 'intern' }, allow: 'fast' },
      ],
    });
    expect(await failureOf(ask(gateway.for(intern), 'fast'))).toBeInstanceOf(AccessDeniedError);
  });

  it('takes a denied deployment out of a model, an alias and a fallback', async () => {
    const { gateway, server } = await guarded(
      { rules: [{ match: { team: 'intern' }, deny: ['one/large'] }] },
      {
        models: {
          smart: ['one/large', 'two/large'],
          alias: ['smart'],
          fast: { deployments: ['one/small'], fallbacks: ['only', 'smart'] },
          only: ['one/large'],
        },
      },
    );
    for (const name of ['smart', 'alias']) {
      const answer = await gateway.for(intern).chat.completions.create({ model: name, messages });
      expect(routeOf(answer)).toMatchObject({
        deployment: 'two/large',
        skipped: [{ deployment: 'one/large', reason: 'a rule denies it' }],
      });
    }
    expect(server.requests.every(({ path }) => path.startsWith('/two'))).toBe(true);
  });

  it('holds for passthrough operations, whatever provider a header names', async () => {
    const { gateway, server } = await guarded({
      rules: [
        { match: { team: 'intern' }, allow: ['fast'] },
        { match: { team: 'ops' }, deny: ['two/*', 'one/large'] },
      ],
    });
    for (const [caller, provider] of [
      [intern, 'one'],
      [{ team: 'ops' }, 'two'],
      [{ team: 'ops' }, '__proto__'],
      [{ team: 'ops' }, 'TWO'],
    ] as const) {
      const error = await failureOf(gateway.for(caller).files.list({}, { headers: { 'x-tollgate-provider': provider } }));
      expect((error as { status?: number }).status).toBeOneOf([403, 404]);
    }
    // A path that is handed through can name a model in its body.
    expect(await failureOf(gateway.for({ team: 'ops' }).post('/threads/runs', { body: { model: 'large' } }))).toBeInstanceOf(
      AccessDeniedError,
    );
    expect(server.requests).toEqual([]);
  });
});

describe('other spellings of a path', () => {
  const spellings = [
    '/chat/completions/',
    '//chat/completions',
    '/Chat/Completions',
    '/%63hat/completions',
    '/chat%2Fcompletions',
    '/chat/./completions',
    '/files/../chat/completions',
    '/x/chat/completions',
    '\\chat\\completions',
    '/chat/completions;x',
  ];

  it.each(spellings)('lead to the same rules: %j', async (path) => {
    const { gateway, server } = await guarded({ rules: [{ match: { team: 'intern' }, deny: 'one/large' }] });
    const client = gateway.for(intern);
    const body = { model: 'one/large', messages };
    expect(((await failureOf(client.post(path, { body }))) as { status?: number }).status).toBeOneOf([400, 403, 404]);
    const response = await client.handler(`http://x/v1${path}`, { method: 'POST', body: JSON.stringify(body) });
    expect(response.status).toBeOneOf([400, 403, 404]);
    expect(server.requests).toEqual([]);
  });
});

describe('on the way of a call', () => {
  it('a fallback, a downgrade and a hedge are asked for again', async () => {
    const down = recordingProvider('down', () => {
      throw new Failing({ kind: 'transient' });
    });
    const dear = recordingProvider('dear');
    const gateway = gatewayOf({
      providers: { down: { provider: down }, dear: { provider: dear } },
      models: {
        withFallback: {
          deployments: ['down/m'],
          fallbacks: ['smart', 'dear/large'],
          retry: { maxAttempts: 2, minDelayMs: 1, maxDelayMs: 1 },
        },
        hedged: { deployments: ['down/slow', 'dear/large'], hedge: { afterMs: 1 } },
        smart: ['dear/large'],
        cheap: ['down/m'],
      },
      budgets: [
        {
          name: 'downgrades',
          match: { model: 'cheap' },
          limit: { requests: 0 },
          window: 'day',
          onExceed: 'downgrade',
          downgradeTo: 'smart',
        },
      ],
      access: { rules: [{ match: { team: 'intern' }, deny: ['dear/*'] }] },
    });
    const client = gateway.for(intern);
    expect(await failureOf(ask(client, 'withFallback'))).toMatchObject({ code: 'failover_exhausted' });
    expect(await failureOf(ask(client, 'hedged'))).toMatchObject({ code: 'failover_exhausted' });
    gateway.control.update({
      providers: { down: { provider: down }, dear: { provider: dear } },
      models: { cheap: ['down/m'], smart: ['dear/large'] },
      budgets: [
        {
          name: 'downgrades',
          match: { model: 'cheap' },
          limit: { requests: 0 },
          window: 'day',
          onExceed: 'downgrade',
          downgradeTo: 'smart',
        },
      ],
      access: { rules: [{ match: { team: 'intern' }, deny: ['dear/*'] }] },
    });
    expect(await failureOf(ask(client, 'cheap'))).toBeInstanceOf(AccessDeniedError);
    expect(dear.requests).toEqual([]);
    expect(await ask(gateway.for({ team: 'ops' }), 'cheap')).toBe('dear/large');
  });

  it('a downgrade to the model itself ends as a denial', async () => {
    const provider = recordingProvider('up');
    const gateway = gatewayOf({
      providers: { up: { provider } },
      models: { fast: ['up/m'] },
      budgets: [{ name: 'all', limit: { requests: 0 }, window: 'day', onExceed: 'downgrade', downgradeTo: 'fast' }],
    });
    expect(((await failureOf(ask(gateway, 'up/m'))) as { status?: number }).status).toBeOneOf([402, 429]);
    expect((await gateway.control.plan({ model: 'up/m', messages })).verdict).toBe('deny');
  });

  it('the last usable deployment of a caller is tried although it cools, whatever others may use', async () => {
    let down = true;
    const one = recordingProvider('one', () => {
      if (down) throw new Failing({ kind: 'overloaded' });
      return completion('one');
    });
    const gateway = gatewayOf({
      providers: { one: { provider: one }, two: { provider: recordingProvider('two') } },
      models: { smart: ['one/m', 'two/m'] },
      access: { rules: [{ match: { team: 'intern' }, deny: ['two/m'] }] },
      retry: { maxAttempts: 1 },
    });
    for (let call = 0; call < 5; call += 1) await failureOf(ask(gateway.for(intern), 'smart'));
    expect(gateway.control.health()).toMatchObject([{ deployment: 'one/m', state: 'cooling' }, { deployment: 'two/m' }]);
    down = false;
    expect(await ask(gateway, 'smart')).toBe('two/m');
    expect(await ask(gateway.for(intern), 'smart')).toBe('one');
  });

  it("further models in the params are the caller's to use, too", async () => {
    const { gateway, server } = await guarded({ rules: [{ match: { team: 'intern' }, deny: ['one/large'] }] });
    expect(await failureOf(ask(gateway.for(intern), 'fast', { models: ['small', 'LARGE'] }))).toBeInstanceOf(AccessDeniedError);
    expect(server.requests).toEqual([]);
    await ask(gateway.for(intern), 'fast', { models: ['small', 'medium'] });
    expect(bodies(server)[0]).toMatchObject({ models: ['small', 'medium'] });
  });
});

describe('maxUsdPerRequest', () => {
  const price = (usd: number) => ({ input: usd, output: usd });
  const config = {
    models: {
      cheap: [{ provider: 'one', model: 'cheap', price: price(1) }],
      mixed: [
        { provider: 'one', model: 'dear', price: price(1_000) },
        { provider: 'one', model: 'cheap', price: price(1) },
      ],
      dear: { deployments: [{ provider: 'one', model: 'dear', price: price(1_000) }] },
      failing: {
        deployments: [{ provider: 'one', model: 'failing', price: price(1) }],
        fallbacks: ['dear', 'cheap'],
        retry: { maxAttempts: 3, attemptsPerDeployment: 1 },
      },
    },
    access: { rules: [{ match: { team: 'intern' }, maxUsdPerRequest: 0.01 }] },
  };

  it('refuses a call that may cost more, and passes over a deployment or fallback where it may', async () => {
    const server = await upstream((exchange) =>
      bodyOf(exchange).model === 'failing'
        ? exchange.answer(503, { error: { message: 'down' } })
        : exchange.answer(200, completion(String(bodyOf(exchange).model))),
    );
    const gateway = gatewayOf({ providers: providersAt(server, 'one'), ...config });
    const client = gateway.for(intern);
    const bound = { max_completion_tokens: 100 };
    expect(await ask(client, 'cheap', bound)).toBe('cheap');
    expect(await failureOf(ask(client, 'dear', bound))).toMatchObject({
      code: 'access_denied',
      message: expect.stringContaining('more than $0.01 per request'),
    });
    expect(await ask(client, 'mixed', bound)).toBe('cheap');
    expect(await ask(client, 'failing', bound)).toBe('cheap');
    expect(bodies(server).map(({ model }) => model)).toEqual(['cheap', 'cheap', 'failing', 'cheap']);
    expect(await ask(gateway, 'dear', bound)).toBe('dear');
  });

  it('refuses where no price is known', async () => {
    const { gateway } = await guarded({ rules: [{ match: {}, maxUsdPerRequest: 1 }] });
    expect(await failureOf(ask(gateway, 'fast'))).toMatchObject({
      code: 'access_denied',
      message: expect.stringContaining('cost is unknown'),
    });
  });
});

it('a header of the caller never carries a credential, a cookie or an address to a provider', async () => {
  const { gateway, server } = await guarded(undefined);
  const names = [
    'authorization',
    'api-key',
    'x-api-key',
    'x-goog-api-key',
    'cookie',
    'x-forwarded-for',
    'forwarded',
    'x-real-ip',
    'x-auth-request-email',
    'cf-connecting-ip',
    'x-amz-security-token',
    'openai-organization',
    'content-encoding',
    'x-http-method',
    'x-http-method-override',
    'x-method-override',
    'x-tollgate-deployment',
    'x-tollgate-caller',
  ];
  const headers = Object.fromEntries(names.map((name) => [name, 'leaked']));
  await gateway.handler('http://x/v1/chat/completions', {
    method: 'POST',
    headers: { ...headers, 'openai-beta': 'x=1' },
    body: JSON.stringify({ model: 'fast', messages }),
  });
  const [sent] = server.requests;
  expect([...(sent?.headers.values() ?? [])]).not.toContain('leaked');
  expect(sent?.headers.get('authorization')).toBe('Bearer key-of-one');
  expect(sent?.headers.get('openai-beta')).toBe('x=1');
});
