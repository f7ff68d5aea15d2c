import { type Gateway, routeOf, UnknownModelError, UnsupportedOperationError } from 'tollgate';
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

describe('the name of a model', () => {
  it('may be provider/model of any configured provider, split at the first slash', async () => {
    const server = await upstream();
    const gateway = gatewayOf({ providers: providersAt(server, 'one', 'two'), models: { fast: ['one/m'] } });
    expect(await ask(gateway, 'two/meta/llama:70b')).toBe('/two/v1/chat/completions meta/llama:70b');
  });

  it('may match a declared wildcard, the longest first', async () => {
    const server = await upstream();
    const gateway = gatewayOf({
      providers: providersAt(server, 'one', 'two'),
      models: { 'acme/*': ['one/*'], 'acme/big-*': { deployments: ['two/large-*'], params: { temperature: 0 } } },
    });
    expect(await ask(gateway, 'acme/x/y')).toBe('/one/v1/chat/completions x/y');
    expect(await ask(gateway, 'acme/big-1')).toBe('/two/v1/chat/completions large-1');
    expect(bodies(server)[1]).toMatchObject({ temperature: 0 });
  });

  it('goes untouched to the default provider when nothing else knows it', async () => {
    const server = await upstream();
    const providers = providersAt(server, 'one', 'two');
    expect(await ask(gatewayOf({ providers, defaultProvider: 'two' }), 'whatever/it-is')).toBe(
      '/two/v1/chat/completions whatever/it-is',
    );
    expect(await ask(gatewayOf({ providers: providersAt(server, 'one') }), 'only')).toBe('/one/v1/chat/completions only');
    const error = await failureOf(ask(gatewayOf({ providers, models: { faster: ['one/m'] } }), 'fastr'));
    expect(error).toBeInstanceOf(UnknownModelError);
    expect(error).toMatchObject({ status: 404, code: 'model_not_found', suggestions: ['faster'] });
  });

  it('may stand for other models, whose deployments take its place', async () => {
    const server = await upstream((exchange) =>
      exchange.request.path.startsWith('/one')
        ? exchange.answer(503, { error: { message: 'down' } })
        : exchange.answer(200, completion('two')),
    );
    const gateway = gatewayOf({
      providers: providersAt(server, 'one', 'two'),
      models: { base: ['one/m', 'two/m'], alias: ['base'] },
    });
    const answer = await gateway.chat.completions.create({ model: 'alias', messages });
    expect(routeOf(answer)).toMatchObject({ model: 'alias', deployment: 'two/m' });
  });
});

describe('default params', () => {
  it('lie under the call: the call wins over the deployment, the deployment over the model', async () => {
    const server = await upstream();
    const gateway = gatewayOf({
      providers: providersAt(server, 'one'),
      models: {
        fast: {
          deployments: [{ provider: 'one', model: 'm', params: { top_p: 0.5, seed: 2 } }],
          params: { temperature: 0.1, top_p: 0.1, seed: 1 },
        },
      },
    });
    await ask(gateway, 'fast', { seed: 3 });
    expect(bodies(server)[0]).toMatchObject({ model: 'm', temperature: 0.1, top_p: 0.5, seed: 3 });
  });

  it('are those of the fallback where a fallback answers', async () => {
    const server = await upstream((exchange) =>
      bodyOf(exchange).model === 'a'
        ? exchange.answer(503, { error: { message: 'down' } })
        : exchange.answer(200, completion('b')),
    );
    const gateway = gatewayOf({
      providers: providersAt(server, 'one'),
      models: {
        first: {
          deployments: ['one/a'],
          params: { temperature: 0, reasoning_effort: 'high' },
          fallbacks: ['second'],
          retry: { maxAttempts: 2 },
        },
        second: { deployments: ['one/b'], params: { top_p: 0.5 } },
      },
    });
    await ask(gateway, 'first');
    const [sent] = bodies(server).filter(({ model }) => model === 'b');
    expect(sent).toMatchObject({ top_p: 0.5 });
    expect(sent).not.toHaveProperty('temperature');
    expect(sent).not.toHaveProperty('reasoning_effort');
  });
});

describe('fallbacks', () => {
  it('go on to other models, to theirs, and to provider/model that nobody declared', async () => {
    const down = recordingProvider('down', () => {
      throw new Failing();
    });
    const up = recordingProvider('up');
    const gateway = gatewayOf({
      providers: { down: { provider: down }, up: { provider: up } },
      models: {
        first: { deployments: ['down/a'], fallbacks: ['second'] },
        second: { deployments: ['down/b'], fallbacks: ['up/c'] },
      },
      retry: { attemptsPerDeployment: 1 },
    });
    const answer = await gateway.chat.completions.create({ model: 'first', messages });
    expect(routeOf(answer)?.attempts.map(({ deployment }) => deployment)).toEqual(['down/a', 'down/b', 'up/c']);
  });

  it('are chosen by why the call failed', async () => {
    const long = recordingProvider('long');
    const short = recordingProvider('short', () => {
      throw new Failing({ kind: 'context-too-long', status: 400, code: 'context_length_exceeded' });
    });
    const gateway = gatewayOf({
      providers: { long: { provider: long }, short: { provider: short } },
      models: {
        chat: { deployments: ['short/m'], fallbacks: { default: ['short/other'], contextWindow: ['roomy'] } },
        roomy: [{ provider: 'long', model: 'm', contextWindow: 1_000_000 }],
      },
    });
    expect(await ask(gateway, 'chat')).toBe('long/m');
  });
});

describe('what a deployment cannot do', () => {
  const tools = [{ type: 'function' as const, function: { name: 'f', parameters: { type: 'object' } } }];

  it('passes it over, and names the parameter where no other can', async () => {
    const server = await upstream();
    const gateway = gatewayOf({
      providers: providersAt(server, 'one', 'two'),
      models: {
        both: [{ provider: 'one', model: 'plain', capabilities: { tools: false } }, 'two/able'],
        plain: [{ provider: 'one', model: 'plain', capabilities: { tools: false } }],
      },
    });
    const answer = await gateway.chat.completions.create({ model: 'both', messages, tools });
    expect(routeOf(answer)).toMatchObject({
      deployment: 'two/able',
      skipped: [{ deployment: 'one/plain', reason: 'does not support tools' }],
    });
    const error = await failureOf(ask(gateway, 'plain', { tools }));
    expect(error).toBeInstanceOf(UnsupportedOperationError);
    expect(error).toMatchObject({ status: 400, code: 'unsupported_operation', parameter: 'tools', param: 'tools' });
    expect(server.requests).toHaveLength(1);
  });

  it('is dropped where the provider says so', async () => {
    const server = await upstream();
    const [[name, provider] = ['', {}]] = Object.entries(providersAt(server, 'one'));
    const gateway = gatewayOf({
      providers: { [name]: { ...provider, drop: ['tools'] } },
      models: { plain: [{ provider: 'one', model: 'plain', capabilities: { tools: false } }] },
    });
    await ask(gateway, 'plain', { tools });
    expect(bodies(server)[0]).not.toHaveProperty('tools');
  });
});

describe('tags', () => {
  it('of the caller and of the header x-tollgate-tags narrow the deployments', async () => {
    const server = await upstream();
    const gateway = gatewayOf({
      providers: providersAt(server, 'one'),
      models: {
        fast: [
          { provider: 'one', model: 'us', tags: ['us'] },
          { provider: 'one', model: 'eu', tags: ['eu', 'gdpr'] },
        ],
      },
    });
    const asked = async (client: Gateway, tags?: string) => {
      const answer = await client.chat.completions.create(
        { model: 'fast', messages },
        tags === undefined ? {} : { headers: { 'x-tollgate-tags': tags } },
      );
      return routeOf(answer)?.deployment;
    };
    expect(await asked(gateway)).toBe('one/us');
    expect(await asked(gateway, 'eu, gdpr')).toBe('one/eu');
    expect(await asked(gateway.for({ tags: ['gdpr'] }), 'eu')).toBe('one/eu');
    expect(await failureOf(asked(gateway.for({ tags: ['us'] }), 'eu'))).toMatchObject({ code: 'unsupported_operation' });
    for (const request of server.requests)
      expect([...request.headers.keys()].filter((name) => name.startsWith('x-tollgate'))).toEqual([]);
  });
});
