import { describe, expect, it } from 'vitest';
import { completion } from '../support/chat-upstream.ts';
import { ask, Failing, gatewayOf, messages, recordingProvider } from './harness.ts';

const price = { input: 1, output: 2 };
const stated = (input: number, output: number) => expect.objectContaining({ from: 'deployment', input, output });
const params = { messages, max_completion_tokens: 100 };

describe('control.plan', () => {
  it('has the verdict, the estimate, the budgets with their room, and each deployment with its place and cost', async () => {
    const provider = recordingProvider('one');
    const gateway = gatewayOf({
      providers: { one: { provider }, two: { provider: recordingProvider('two') } },
      models: {
        fast: [
          { provider: 'one', model: 'a', price },
          { provider: 'two', model: 'b', price: { input: 10, output: 20 } },
        ],
      },
      budgets: [
        { name: 'company', limit: { usd: 5, requests: 10 }, window: 'month' },
        { name: 'team', each: 'team', limit: { requests: 3 }, window: 'day' },
        { name: 'user', each: 'user', limit: { requests: 3 }, window: 'day' },
      ],
    });
    const report = await gateway.for({ team: 'a' }).control.plan({ model: 'fast', ...params });
    expect(Object.keys(report).sort()).toEqual(['budgets', 'deployments', 'estimate', 'reason', 'verdict']);
    expect(report).toMatchObject({ verdict: 'allow', reason: undefined });
    expect(report.estimate).toMatchObject({ outputTokens: 100, cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 });
    const { inputTokens, costUsd } = report.estimate;
    expect(costUsd).toBeCloseTo((inputTokens * 10 + 100 * 20) / 1_000_000, 8);
    expect(report.deployments).toEqual([
      { id: 'one/a', place: 1, costUsd: expect.closeTo((inputTokens + 200) / 1_000_000, 8), price: stated(1, 2) },
      { id: 'two/b', place: 2, costUsd, price: stated(10, 20) },
    ]);
    expect(report.budgets).toEqual([
      { name: 'company', remaining: { usd: 5, requests: 10 }, wouldCharge: { usd: costUsd, requests: 1 } },
      { name: 'team', remaining: { requests: 3 }, wouldCharge: { requests: 1 } },
    ]);
  });

  it('sends nothing, charges nothing, tells nobody and takes no turn', async () => {
    const provider = recordingProvider('one');
    const gateway = gatewayOf({
      providers: { one: { provider } },
      models: { turns: { strategy: 'round-robin', deployments: ['one/a', 'one/b'], fallbacks: ['other'] }, other: ['one/c'] },
      budgets: [{ name: 'all', limit: { requests: 3 }, window: 'day' }],
    });
    const events: string[] = [];
    for (const type of ['request.start', 'request.end', 'access.deny', 'budget.exceed', 'attempt.start'] as const)
      gateway.on(type, () => events.push(type));
    const places = [];
    for (let time = 0; time < 3; time += 1)
      places.push((await gateway.control.plan({ model: 'turns', ...params })).deployments.map(({ id }) => id));
    expect(places).toEqual([
      ['one/a', 'one/b'],
      ['one/a', 'one/b'],
      ['one/a', 'one/b'],
    ]);
    expect(provider.requests).toEqual([]);
    expect(events).toEqual([]);
    expect(await gateway.control.budgets()).toMatchObject([{ spent: { requests: 0 }, reserved: { requests: 0 } }]);
    expect(await ask(gateway, 'turns')).toBe('one/a');
  });

  it('says why a deployment is skipped', async () => {
    let failing = true;
    const down = recordingProvider('down', () => {
      if (failing) throw new Failing();
      return completion('x');
    });
    const gateway = gatewayOf({
      providers: { down: { provider: down }, up: { provider: recordingProvider('up') } },
      models: {
        fast: [
          'down/m',
          'up/denied',
          { provider: 'up', model: 'no-tools', capabilities: { tools: false } },
          { provider: 'up', model: 'small', contextWindow: 5 },
          { provider: 'up', model: 'us', tags: ['us'] },
          { provider: 'up', model: 'eu', tags: ['eu'] },
        ],
        down: ['down/m'],
      },
      access: { rules: [{ match: {}, deny: 'up/denied' }] },
      retry: { maxAttempts: 1 },
    });
    for (let call = 0; call < 5; call += 1) await ask(gateway, 'down').catch(() => {});
    const tools = [{ type: 'function', function: { name: 'f' } }];
    const { deployments } = await gateway.control.plan({
      model: 'fast',
      messages: [{ role: 'user', content: 'long '.repeat(100) }],
      tools,
    });
    expect(deployments).toEqual([
      { id: 'up/us', place: 1, costUsd: undefined },
      { id: 'up/eu', place: 2, costUsd: undefined },
      { id: 'up/denied', skipped: 'a rule denies it', costUsd: undefined },
      { id: 'up/no-tools', skipped: 'does not support tools', costUsd: undefined },
      { id: 'up/small', skipped: expect.stringContaining('context window of 5'), costUsd: undefined },
      { id: 'down/m', skipped: expect.stringMatching(/^cooling until .*consecutive-failures/), costUsd: undefined },
    ]);
    const tagged = await gateway.for({ tags: ['eu'] }).control.plan({ model: 'fast', messages });
    expect(tagged.deployments).toContainEqual({ id: 'up/us', skipped: "lacks the tag 'eu'", costUsd: undefined });
    failing = false;
  });

  it('denies for the reason that the call would be refused for', async () => {
    const provider = recordingProvider('one');
    const gateway = gatewayOf({
      providers: { one: { provider } },
      models: { fast: [{ provider: 'one', model: 'a', price, capabilities: { tools: false } }], free: ['one/b'] },
      budgets: [{ name: 'team', each: 'team', match: { model: 'fast' }, limit: { usd: 0.000_001 }, window: 'day' }],
      access: {
        rules: [
          { match: { user: 'guest' }, deny: 'fast' },
          { match: { user: 'thrifty' }, maxUsdPerRequest: 0.000_001 },
        ],
      },
    });
    const reasonOf = async (caller: Record<string, string>, more = {}) => {
      const { verdict, reason } = await gateway.for(caller).control.plan({ model: 'fast', ...params, ...more });
      return [verdict, reason];
    };
    expect(await reasonOf({})).toEqual(['allow', undefined]);
    expect(await reasonOf({ user: 'guest' })).toEqual(['deny', 'a rule denies it']);
    expect(await reasonOf({ user: 'thrifty' })).toEqual(['deny', expect.stringContaining('per request')]);
    expect(await reasonOf({ team: 'a' })).toEqual([
      'deny',
      expect.stringContaining("budget 'team' has too little left: this call may need $"),
    ]);
    expect(await reasonOf({}, { tools: [{ type: 'function', function: { name: 'f' } }] })).toEqual([
      'deny',
      'no deployment can serve it',
    ]);
  });

  it('follows a downgrade and a fallback as the call would', async () => {
    const provider = recordingProvider('one');
    const gateway = gatewayOf({
      providers: { one: { provider } },
      models: {
        smart: ['one/large'],
        fast: ['one/small'],
        deaf: { deployments: [{ provider: 'one', model: 'deaf', capabilities: { streaming: false } }], fallbacks: ['fast'] },
      },
      budgets: [
        {
          name: 'smart',
          match: { model: 'smart' },
          limit: { requests: 0 },
          window: 'day',
          onExceed: 'downgrade',
          downgradeTo: 'fast',
        },
      ],
    });
    expect(await gateway.control.plan({ model: 'smart', messages })).toMatchObject({
      verdict: 'allow',
      deployments: [{ id: 'one/small', place: 1 }],
    });
    expect(await gateway.control.plan({ model: 'deaf', messages, stream: true })).toMatchObject({
      verdict: 'allow',
      deployments: [
        { id: 'one/small', place: 1 },
        { id: 'one/deaf', skipped: 'does not support streaming' },
      ],
    });
    expect(await gateway.control.plan({ model: 'fast', input: 'hello' })).toMatchObject({ verdict: 'allow' });
  });
});
