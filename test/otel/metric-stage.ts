import type { InstrumentOptions } from 'tollgate/otel';
import { gatewayOf, messages, providersAt, upstream } from '../public/harness.ts';
import { completion } from '../support/chat-upstream.ts';
import { settlePromises, TestClock } from '../support/test-clock.ts';
import { Telemetry } from './observer.ts';

// https://github.com/open-telemetry/semantic-conventions-genai/blob/004902b8cb70aa5ae6ca4ae07132b7daabcd3e10/docs/gen-ai/gen-ai-metrics.md
export const SECONDS = Array.from({ length: 14 }, (_, power) => 2 ** power / 100);
export const TOKENS = Array.from({ length: 14 }, (_, power) => 4 ** power);

/** A gateway with a budget for all and others for each team and user, under the real SDK. */
export async function budgetsAndCalls(options: InstrumentOptions = {}, { attemptMs = 0, failFirst = false } = {}) {
  const clock = new TestClock();
  const server = await upstream((exchange) => {
    clock.advance(attemptMs);
    if (failFirst && exchange.index === 0) return exchange.answer(500, { error: { message: 'no' } });
    return exchange.answer(200, completion('hi'));
  });
  const limited = { limit: { requests: 100 }, window: 'day' } as const;
  const gateway = gatewayOf({
    providers: providersAt(server, 'one', 'two'),
    models: { m: ['one/m'] },
    prices: { 'one/m': { input: 1, output: 2 } },
    budgets: [
      { name: 'all', ...limited },
      { name: 'teams', each: 'team', limit: { requests: 50 }, window: 'day' },
      { name: 'users', each: 'user', ...limited },
    ],
    clock,
    random: () => 0.5,
  });
  const telemetry = new Telemetry(gateway, options);
  return {
    metrics: () => telemetry.metrics(),
    async call(model: string, user?: string): Promise<void> {
      const caller = user === undefined ? {} : { user, team: 'search' };
      let ended = false;
      const call = gateway.for(caller).chat.completions.create({ model, messages });
      const over = call
        .then(undefined, () => undefined)
        .finally(() => {
          ended = true;
        });
      while (!ended) {
        clock.advance(1);
        await settlePromises();
      }
      await over;
    },
  };
}
