import { describe, expect, it } from 'vitest';
import { ask, failureOf } from '../public/harness.ts';
import { stage } from './stage.ts';

describe('counters of different calls are told apart', () => {
  it('of a model whose name is that of a deployment with another model behind it', async () => {
    const budgets = [
      { name: 'all', limit: { usd: 1 }, window: 'day' as const },
      { name: 'one', match: { provider: 'one' }, limit: { requests: 1 }, window: 'day' as const },
    ];
    const { gateway, budget, sent } = await stage({ budgets });
    const caller = gateway.for({ team: 'search' });
    // Has no known price, and is refused.
    await failureOf(ask(caller, 'one/m m'));
    await ask(caller, 'm');
    await failureOf(ask(caller, 'm'));
    expect(sent()).toHaveLength(1);
    expect((await budget('one')).spent.requests).toBe(1);
  });

  it('of a caller with two tags and of one whose tag has a comma', async () => {
    const budgets = [{ name: 'tagged', each: 'tags', limit: { requests: 1 }, window: 'day' as const }];
    const { gateway } = await stage({ budgets });
    await ask(gateway.for({ tags: ['a', 'b'] }), 'm');
    await ask(gateway.for({ tags: ['a,b'] }), 'm');
    await ask(gateway.for({ tags: ['a%2Cb'] }), 'm');
    expect(await gateway.control.budgets()).toHaveLength(3);
  });
});
