import type { ProviderMiddleware } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/stores/memory.ts';
import type { Extended } from '../../src/stores/store.ts';
import { Failing, failureOf, messages, recordingProvider } from '../public/harness.ts';
import { chunk, completion, usageChunk } from '../support/chat-upstream.ts';
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

  describe('that reports much usage', () => {
    const ofCall = { name: 'b', limit: { requests: 9, tokens: 100_000, usd: 1 }, window: 'month' } as const;
    const ofProvider = { name: 'p', each: ['provider'], limit: { tokens: 100_000 }, window: 'month' } as const;

    /** A stream whose wire knows `usage` from the moment that the test says so. */
    async function reportingStage(usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number }) {
      const store = new WatchedStore();
      let told = false;
      const middleware: ProviderMiddleware = async (request, context, next) => {
        const reply = await next(request, context);
        return reply.kind === 'stream' ? { ...reply, reported: () => (told ? usage : undefined) } : reply;
      };
      const exchanges: FaultExchange[] = [];
      const found = await stage({ store, budgets: [ofCall, ofProvider] }, async (exchange) => {
        await exchange.sseHead();
        await exchange.sse(chunk({ role: 'assistant', content: '' }));
        exchanges.push(exchange);
      });
      const { models, prices } = { models: { m: ['one/m'] }, prices: { 'one/m': { input: 1, output: 2 } } };
      const one = { type: 'openai-compatible', apiKey: 'k', baseURL: `${found.server.origin}/one/v1`, middleware: [middleware] };
      found.gateway.control.update({ providers: { one }, models, prices, budgets: [ofCall, ofProvider] });
      const tell = () => {
        told = true;
      };
      const controller = new AbortController();
      const params = { model: 'm', messages, stream: true, max_tokens: 9_000 } as const;
      const opening = found.gateway.chat.completions.create(params, { signal: controller.signal });
      while (exchanges.length === 0) await settlePromises();
      for (let turn = 0; turn < 20; turn += 1) await settlePromises();
      return { ...found, store, tell, opening, controller, exchange: exchanges[0] as FaultExchange };
    }

    const spentOf = ({ extended }: WatchedStore) => extended.map(({ spent }) => spent);

    it('tells it at its commit, in the budgets of the call and of its provider, and then no more than it has to', async () => {
      const usage = { prompt_tokens: 10, completion_tokens: 8_000, total_tokens: 8_010 };
      const { store, tell, opening, exchange, budget } = await reportingStage(usage);
      expect(store.extended).toEqual([]);
      tell();
      await exchange.sse(chunk({ content: 'one ' }));
      const stream = await opening;
      expect(spentOf(store)).toEqual([[1, 8_010, 16_010_000], [8_010]]);
      const reader = stream[Symbol.asyncIterator]();
      await reader.next();
      await reader.next();
      for (const content of ['two ', 'three ']) {
        await exchange.sse(chunk({ content }));
        await reader.next();
      }
      expect(store.extended).toHaveLength(2);
      await exchange.sse(chunk({}, 'stop'), usageChunk(10, 8_002), '[DONE]');
      await exchange.lastChunk();
      for (let item = await reader.next(); !item.done; item = await reader.next());
      expect(await budget('b')).toMatchObject({ spent: { requests: 1, tokens: 8_012, usd: 0.016_014 }, reserved: { tokens: 0 } });
    });

    it('tells it before its commit too, as soon as more is waited for', async () => {
      const usage = { prompt_tokens: 10, completion_tokens: 1_000, total_tokens: 1_010 };
      const { store, tell, opening, exchange, controller } = await reportingStage(usage);
      tell();
      await exchange.sse(chunk({}));
      while (store.extended.length === 0) await settlePromises();
      expect(spentOf(store)).toEqual([[1, 1_010, 2_010_000], [1_010]]);
      controller.abort();
      await failureOf(opening);
    });

    it('leaves a report that is no more than a stream may lose to the next word', async () => {
      const usage = { prompt_tokens: 10, completion_tokens: 900, total_tokens: 910 };
      const { store, tell, opening, exchange, controller, clock } = await reportingStage(usage);
      tell();
      await exchange.sse(chunk({ content: 'one ' }));
      const reader = (await opening)[Symbol.asyncIterator]();
      await reader.next();
      await reader.next();
      expect(store.extended).toEqual([]);
      clock.advance(5_000);
      await exchange.sse(chunk({ content: 'two ' }));
      await reader.next();
      expect(spentOf(store)).toEqual([[1, 910, 1_810_000], [910]]);
      controller.abort();
    });
  });
});

describe('a call that goes on after an attempt used something', () => {
  it('tells its store before the next attempt begins, so that a crash charges it', async () => {
    const store = new WatchedStore();
    const usage = { inputTokens: 100, outputTokens: 50, cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
    const told: unknown[] = [];
    const own = recordingProvider('own', () => {
      told.push(store.extended.map(({ spent }) => spent));
      if (told.length === 1) throw new Failing({ usage });
      return completion('well');
    });
    const { gateway, budget } = await stage({
      store,
      clock: undefined,
      providers: { own: { provider: own } },
      models: { m: ['own/m'] },
      prices: { 'own/m': { input: 1, output: 2 } },
      budgets: [{ name: 'b', limit: { requests: 9, tokens: 10_000, usd: 1 }, window: 'month' }],
      retry: { minDelayMs: 1, maxDelayMs: 1 },
    });
    await gateway.chat.completions.create({ model: 'm', messages });
    expect(told).toEqual([[], [[1, 150, 200_000]]]);
    expect(await budget()).toMatchObject({ spent: { requests: 1, tokens: 165, usd: 0.000_22 }, reserved: { tokens: 0 } });
  });
});
