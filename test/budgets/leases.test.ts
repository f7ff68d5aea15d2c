import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/stores/memory.ts';
import type { Extended } from '../../src/stores/store.ts';
import { messages } from '../public/harness.ts';
import { chunk, usageChunk } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { settlePromises } from '../support/test-clock.ts';
import { stage } from './stage.ts';

/** A memory store that notes what it is told of running streams. */
class WatchedStore extends MemoryStore {
  readonly extended: { leaseMs: number; spent: readonly number[] | undefined }[] = [];

  override extend(id: string, leaseMs: number, at: number, spent?: readonly number[]): Extended {
    this.extended.push({ leaseMs, spent });
    return super.extend(id, leaseMs, at, spent);
  }
}

describe('a running stream', () => {
  it('tells its store now and then what it has used, so that a crash charges that', async () => {
    const store = new WatchedStore();
    const begun = Promise.withResolvers<FaultExchange>();
    const { gateway, clock, budget } = await stage(
      {
        store,
        budgets: [{ name: 'b', limit: { requests: 9, tokens: 10_000, usd: 1 }, window: 'month' }],
        timeouts: { totalMs: 60_000 },
      },
      async (exchange) => {
        await exchange.sseHead();
        await exchange.sse(chunk({ role: 'assistant', content: 'one ' }));
        begun.resolve(exchange);
      },
    );
    const stream = await gateway.chat.completions.create({ model: 'm', messages, stream: true, max_tokens: 1_000 });
    const reader = stream[Symbol.asyncIterator]();
    await reader.next();
    const exchange = await begun.promise;
    const read = async (content: string) => {
      await exchange.sse(chunk({ content }));
      return reader.next();
    };
    await read('two ');
    expect(store.extended).toEqual([]);
    clock.advance(6_000);
    await read('three hundred characters'.repeat(12));
    await read('four ');
    expect(store.extended).toHaveLength(1);
    const [{ leaseMs, spent } = { leaseMs: 0, spent: [] }] = store.extended;
    // The rest of the call's deadline and the 30 s beyond it.
    expect(leaseMs).toBe(60_000 - 6_000 + 30_000);
    expect(spent?.[0]).toBe(1);
    expect(spent?.[1]).toBeGreaterThan(80);
    expect(spent?.[1]).toBeLessThan(200);
    expect(spent?.[2]).toBeGreaterThan(80_000);
    await exchange.sse(chunk({}, 'stop'), usageChunk(10, 90), '[DONE]');
    await exchange.lastChunk();
    for (let item = await reader.next(); !item.done; item = await reader.next());
    await settlePromises();
    expect(await budget()).toMatchObject({ spent: { requests: 1, tokens: 100, usd: 0.000_19 }, reserved: { tokens: 0 } });
  });
});
