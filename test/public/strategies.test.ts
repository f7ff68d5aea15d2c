import { type Gateway, type GatewayConfig, type RoutingStrategy, routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { completion } from '../support/chat-upstream.ts';
import { seeded } from '../support/routing-plan.ts';
import { TestClock } from '../support/test-clock.ts';
import { ask, Failing, gatewayOf, recordingProvider } from './harness.ts';

type Model = Exclude<NonNullable<GatewayConfig['models']>[string], readonly unknown[]>;

/** A gateway over one provider whose answers take the time that `latencyMs` says, on a clock that only they move. */
function simulated(model: Model, latencyMs: (upstreamModel: string) => number = () => 100, seed = 1) {
  const clock = new TestClock();
  const down = new Set<string>();
  const provider = recordingProvider('one', ({ upstreamModel }) => {
    clock.advance(latencyMs(upstreamModel));
    if (down.has(upstreamModel)) throw new Failing({ kind: 'rate-limited', status: 429, retryAfterMs: 60_000 });
    return completion(upstreamModel);
  });
  const gateway = gatewayOf({
    providers: { one: { provider } },
    models: { fast: model },
    clock,
    random: seeded(seed),
    retry: { maxAttempts: 3 },
  });
  return { gateway, clock, down, provider };
}

async function served(gateway: Gateway, calls: number): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (let call = 0; call < calls; call += 1) {
    const model = String(await ask(gateway, 'fast'));
    counts.set(model, (counts.get(model) ?? 0) + 1);
  }
  return counts;
}

describe('weighted', () => {
  const weights = new Map([
    ['a', 5],
    ['b', 3],
    ['c', 2],
    ['never', 0],
  ]);
  const deployments = [...weights].map(([model, weight]) => ({ provider: 'one', model, weight }));

  it('holds the weights within a chi-squared bound', async () => {
    const calls = 2_000;
    const { gateway } = simulated({ strategy: 'weighted', deployments });
    const counts = await served(gateway, calls);
    let chiSquared = 0;
    for (const [model, weight] of weights) {
      if (weight === 0) continue;
      const expected = (calls * weight) / 10;
      chiSquared += ((counts.get(model) ?? 0) - expected) ** 2 / expected;
    }
    // 99.9 % quantile for two degrees of freedom.
    expect(chiSquared).toBeLessThan(13.8);
    expect(counts.has('never')).toBe(false);
  });

  it('is the same again with the same seed', async () => {
    const order = async (seed: number) => {
      const { gateway, provider } = simulated({ strategy: 'weighted', deployments }, undefined, seed);
      await served(gateway, 30);
      return provider.requests.map(({ upstreamModel }) => upstreamModel).join('');
    };
    expect(await order(7)).toBe(await order(7));
    expect(await order(7)).not.toBe(await order(8));
  });
});

it('round-robin takes turns, and passes over what cools', async () => {
  const { gateway, down, provider } = simulated({ strategy: 'round-robin', deployments: ['one/a', 'one/b', 'one/c'] });
  expect([...(await served(gateway, 9)).values()]).toEqual([3, 3, 3]);
  down.add('b');
  await served(gateway, 15);
  expect(gateway.control.health().find(({ deployment }) => deployment === 'one/b')).toMatchObject({ state: 'cooling' });
  const before = provider.requests.filter(({ upstreamModel }) => upstreamModel === 'b').length;
  await served(gateway, 9);
  expect(provider.requests.filter(({ upstreamModel }) => upstreamModel === 'b')).toHaveLength(before);
});

it('least-busy goes where the fewest attempts are under way', async () => {
  const waiting: (() => void)[] = [];
  const provider = recordingProvider(
    'one',
    ({ upstreamModel }) => new Promise((resolve) => waiting.push(() => resolve(completion(upstreamModel)))),
  );
  const gateway = gatewayOf({
    providers: { one: { provider } },
    models: { fast: { strategy: 'least-busy', deployments: ['one/a', 'one/b'] } },
  });
  const calls = Array.from({ length: 6 }, () => ask(gateway, 'fast'));
  await new Promise((resolve) => setImmediate(resolve));
  for (const letGo of waiting) letGo();
  expect((await Promise.all(calls)).sort()).toEqual(['a', 'a', 'a', 'b', 'b', 'b']);
});

it('lowest-latency leaves a deployment in a slow spell, and finds it again when it is fast', async () => {
  let slow = false;
  const { gateway } = simulated({ strategy: 'lowest-latency', deployments: ['one/quick', 'one/steady'] }, (model) =>
    model === 'steady' ? 300 : slow ? 2_000 : 100,
  );
  await served(gateway, 10);
  expect((await served(gateway, 100)).get('quick')).toBeGreaterThan(90);
  slow = true;
  await served(gateway, 20);
  expect((await served(gateway, 100)).get('steady')).toBeGreaterThan(85);
  slow = false;
  await served(gateway, 200);
  expect((await served(gateway, 100)).get('quick')).toBeGreaterThan(90);
});

it('lowest-cost compares the estimates of this call, not list prices', async () => {
  const { gateway } = simulated({
    strategy: 'lowest-cost',
    deployments: [
      { provider: 'one', model: 'cheap-input', price: { input: 1, output: 100 } },
      { provider: 'one', model: 'cheap-output', price: { input: 10, output: 1 } },
      'one/unpriced',
    ],
  });
  const long = [{ role: 'user' as const, content: 'word '.repeat(2_000) }];
  const answer = async (more: Record<string, unknown>) => ask(gateway, 'fast', more);
  expect(await answer({ messages: long, max_completion_tokens: 1 })).toBe('cheap-input');
  expect(await answer({ max_completion_tokens: 4_000 })).toBe('cheap-output');
});

it('most-headroom spreads calls by what is left of rpm', async () => {
  const { gateway } = simulated(
    {
      strategy: 'most-headroom',
      deployments: [
        { provider: 'one', model: 'small', rpm: 10 },
        { provider: 'one', model: 'large', rpm: 90 },
      ],
    },
    () => 1,
  );
  const counts = await served(gateway, 50);
  expect(counts.get('large')).toBeGreaterThan(40);
  expect(counts.get('small')).toBeGreaterThanOrEqual(3);
});

it("a strategy of the user's own orders what it is offered, and brings in nothing else", async () => {
  const last: RoutingStrategy = { name: 'last', order: (candidates) => [...candidates].reverse() };
  const { gateway } = simulated({ strategy: last, deployments: ['one/a', 'one/b'] });
  expect(await ask(gateway, 'fast')).toBe('b');
  const greedy: RoutingStrategy = {
    name: 'priority',
    order: (candidates) => candidates.flatMap((each) => [{ ...each, upstreamModel: 'other' }, each]),
  };
  expect(await ask(simulated({ strategy: greedy, deployments: ['one/a'] }).gateway, 'fast')).toBe('a');
});

describe('affinity', () => {
  /** Calls of ten conversations; a call hits the cache if its deployment served that conversation's last call. */
  async function hits(affinity: boolean) {
    const warm = new Map<string, string>();
    let hit = 0;
    const price = { input: 1, output: 1, cacheRead: 0.1 };
    const { gateway, down, provider } = simulated({
      strategy: 'weighted',
      affinity,
      deployments: ['a', 'b', 'c', 'd'].map((model) => ({ provider: 'one', model, price })),
    });
    const turn = async (conversation: number, length: number) => {
      const content = `conversation ${conversation}`;
      const history = Array.from({ length }, (_, index) => ({
        role: index % 2 === 0 ? ('user' as const) : ('assistant' as const),
        content: index === 0 ? content : `turn ${index}`,
      }));
      const answer = await gateway.chat.completions.create({ model: 'fast', messages: history });
      const model = String(routeOf(answer)?.upstreamModel);
      if (warm.get(content) === model) hit += 1;
      warm.set(content, model);
      return model;
    };
    for (let length = 1; length < 40; length += 2)
      for (let conversation = 0; conversation < 10; conversation += 1) await turn(conversation, length);
    return { share: hit / 190, turn, down, gateway, provider };
  }

  it('raises cache hits', async () => {
    expect((await hits(false)).share).toBeLessThan(0.4);
    expect((await hits(true)).share).toBe(1);
  });

  it('breaks when the deployment cools, and holds at the one that took over', async () => {
    const { turn, down, gateway } = await hits(true);
    const home = await turn(3, 41);
    down.add(home);
    const next = await turn(3, 43);
    expect(next).not.toBe(home);
    expect(gateway.control.health().find(({ deployment }) => deployment === `one/${home}`)).toMatchObject({ state: 'cooling' });
    expect([await turn(3, 47), await turn(3, 49), await turn(3, 51)]).toEqual([next, next, next]);
  });

  it('follows prompt_cache_key, whatever the messages', async () => {
    const price = { input: 1, output: 1, cacheRead: 0.1 };
    const { gateway } = simulated({
      strategy: 'weighted',
      affinity: true,
      deployments: ['a', 'b', 'c'].map((model) => ({ provider: 'one', model, price })),
    });
    const models = new Set<unknown>();
    for (let call = 0; call < 20; call += 1)
      models.add(
        await ask(gateway, 'fast', { prompt_cache_key: 'doc-1', messages: [{ role: 'user', content: `question ${call}` }] }),
      );
    expect(models.size).toBe(1);
  });
});
