import { type EventMap, type Gateway, routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { ask, bodies, failureOf, gatewayOf, messages, providersAt, upstream } from './harness.ts';

type End = EventMap['request.end'];

async function started(
  config: Record<string, unknown> = {},
): Promise<{ gateway: Gateway; server: Awaited<ReturnType<typeof upstream>>; callers: End['caller'][] }> {
  const server = await upstream();
  const gateway = gatewayOf({ providers: providersAt(server, 'one'), ...config });
  const callers: End['caller'][] = [];
  gateway.on('request.end', ({ caller }) => callers.push(caller));
  return { gateway, server, callers };
}

describe('a caller', () => {
  it('is bound by for, with dimensions of its own', async () => {
    const { gateway, callers } = await started();
    await ask(gateway.for({ team: 'search', user: 'ada', region: 'eu' }), 'm');
    await ask(gateway, 'm');
    expect(callers).toEqual([{ team: 'search', user: 'ada', region: 'eu' }, {}]);
  });

  it('is bound by run for everything inside, across awaits, and for wins over it', async () => {
    const { gateway, callers } = await started();
    await gateway.run({ team: 'a' }, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      await Promise.all([ask(gateway, 'm'), gateway.run({ team: 'b' }, () => ask(gateway, 'm'))]);
      await ask(gateway.for({ team: 'c' }), 'm');
      await ask(gateway.withOptions({ timeout: 5_000 }), 'm');
    });
    await ask(gateway, 'm');
    expect(callers.map(({ team }) => team).sort()).toEqual(['a', 'a', 'b', 'c', undefined]);
  });

  it('is known to plan, to the models page and to the handler inside run', async () => {
    const { gateway } = await started({
      models: { fast: ['one/m'], smart: ['one/n'] },
      access: { rules: [{ match: { team: 'intern' }, allow: ['fast'] }] },
    });
    await gateway.run({ team: 'intern' }, async () => {
      expect((await gateway.control.plan({ model: 'smart', messages })).verdict).toBe('deny');
      expect((await gateway.models.list()).data.map(({ id }) => id)).toEqual(['fast']);
      const body = JSON.stringify({ model: 'smart', messages });
      expect((await gateway.handler('http://x/v1/chat/completions', { method: 'POST', body })).status).toBe(403);
      const { fetch } = gateway.clientOptions();
      expect((await fetch('http://x/v1/chat/completions', { method: 'POST', body })).status).toBe(403);
    });
    expect((await gateway.control.plan({ model: 'smart', messages })).verdict).toBe('allow');
  });

  it('is refused where it is malformed, by the path', async () => {
    const { gateway } = await started();
    const wrong = (caller: unknown) => () => gateway.for(caller as never);
    expect(wrong(null)).toThrow(TypeError);
    expect(wrong('team')).toThrow('caller must be an object');
    expect(wrong({ team: 1 })).toThrow('caller.team must be a string');
    expect(wrong({ team: '' })).toThrow('caller.team is empty');
    expect(wrong({ team: 'a\nb' })).toThrow('control characters');
    expect(wrong({ user: 'x'.repeat(257) })).toThrow('longer than 256');
    expect(wrong({ model: 'x' })).toThrow('reserved');
    expect(wrong(JSON.parse('{"__proto__":{"team":"admin"}}'))).toThrow('reserved');
    expect(wrong({ priority: 'urgent' })).toThrow("'high', 'normal' or 'low'");
    expect(wrong(Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`d${index}`, 'x'])))).toThrow('at most 16');
    expect(() => gateway.run({ team: 1 } as never, () => 1)).toThrow(TypeError);
    expect(() => gateway.clientOptions({ tags: 'x' } as never)).toThrow(TypeError);
  });

  it('cannot be changed after it was bound', async () => {
    const { gateway, callers } = await started();
    const caller = { team: 'a', tags: ['x'] };
    const client = gateway.for(caller);
    caller.team = 'b';
    caller.tags.push('y');
    await ask(client, 'm');
    expect(callers).toEqual([{ team: 'a', tags: ['x'] }]);
  });

  it('is not taken from user and metadata, which are forwarded', async () => {
    const { gateway, server, callers } = await started();
    const params = { user: 'u1', metadata: { team: 'admin' } };
    await ask(gateway, 'm', params);
    expect(bodies(server)[0]).toMatchObject(params);
    expect(callers).toEqual([{}]);
  });

  it('is completed from user and metadata where the configuration says so, and never overruled', async () => {
    const { gateway, callers } = await started({
      access: { callerFromParams: ['user', 'metadata.team'], rules: [{ match: { team: 'intern' }, deny: '*' }] },
    });
    await ask(gateway, 'm', { user: 'u1', metadata: { team: 'search', other: 'x' } });
    await ask(gateway.for({ team: 'ops' }), 'm', { user: 'u2', metadata: { team: 'intern' } });
    expect(callers).toEqual([
      { user: 'u1', team: 'search' },
      { user: 'u2', team: 'ops' },
    ]);
    expect(await failureOf(ask(gateway, 'm', { metadata: { team: 'intern' } }))).toMatchObject({ code: 'access_denied' });
    expect(await failureOf(ask(gateway, 'm', { user: 'a\u0000b' }))).toMatchObject({ status: 400, code: 'invalid_params' });
  });

  it('can be named by no other params than user and metadata', () => {
    for (const name of ['model', 'metadata', 'metadata.key', 'metadata.tags', 'metadata.__proto__']) {
      expect(() => gatewayOf({ providers: { openai: { apiKey: 'sk-x' } }, access: { callerFromParams: [name] } })).toThrow(
        'access.callerFromParams[0]',
      );
    }
  });

  it('of one gateway is none of another', async () => {
    const one = await started();
    const two = await started();
    await one.gateway.run({ team: 'a' }, () => ask(two.gateway, 'm'));
    expect(two.callers).toEqual([{}]);
  });

  it('shares budgets, health and listeners with all other clones', async () => {
    const { gateway, callers } = await started({
      budgets: [{ name: 'team', each: 'team', limit: { requests: 2 }, window: 'day' }],
    });
    await ask(gateway.for({ team: 'a' }), 'm');
    await ask(gateway.for({ team: 'a' }).withOptions({ timeout: 1_000 }), 'm');
    expect(await failureOf(ask(gateway.for({ team: 'a' }), 'm'))).toHaveProperty('status');
    const answer = await gateway.for({ team: 'b' }).for({ team: 'c' }).chat.completions.create({ model: 'm', messages });
    expect(routeOf(answer)).toBeDefined();
    expect(callers.map(({ team }) => team)).toEqual(['a', 'a', 'a', 'c']);
  });
});
