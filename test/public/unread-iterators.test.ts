import { describe, expect, it } from 'vitest';
import { stage } from '../budgets/stage.ts';
import { chunk, streamText } from '../support/chat-upstream.ts';
import { messages } from './harness.ts';

const PARAMS = { model: 'm', messages, stream: true as const };

describe('a stream of which something made an iterator that it does not read, as tracers do', () => {
  it('is read by whoever reads first, also over tee()', async () => {
    const { gateway } = await stage({}, (exchange) => streamText(exchange, 'a', 'b'));
    const stream = await gateway.chat.completions.create(PARAMS);
    stream[Symbol.asyncIterator]();
    const [left, right] = stream.tee();
    const [one, other] = await Promise.all([Array.fromAsync(left), Array.fromAsync(right)]);
    expect(one).toEqual(other);
    expect(one.map(({ choices }) => choices[0]?.delta.content).join('')).toContain('ab');
  });

  it('belongs to its first reader: a second is refused, and what it leaves ends nothing', async () => {
    const { gateway } = await stage({}, (exchange) => streamText(exchange, 'a', 'b'));
    const stream = await gateway.chat.completions.create(PARAMS);
    const [first, second] = [stream[Symbol.asyncIterator](), stream[Symbol.asyncIterator]()];
    await first.next();
    await expect(second.next()).rejects.toThrow('Cannot iterate over a consumed stream');
    expect(await second.return?.()).toMatchObject({ done: true });
    expect((await first.next()).done).toBe(false);
    await first.return?.();
  });

  it('is ended by an error thrown into its iterator, as a generator is', async () => {
    const budgets = [{ name: 'b', limit: { requests: 10 }, window: 'month' } as const];
    const left = Promise.withResolvers<void>();
    const { gateway, budget } = await stage({ budgets }, async (exchange) => {
      await exchange.sseHead();
      await exchange.sse(chunk({ role: 'assistant', content: 'a' }));
      await exchange.closed;
      left.resolve();
    });
    const iterator = (await gateway.chat.completions.create(PARAMS))[Symbol.asyncIterator]();
    await iterator.next();
    const mine = new Error('mine');
    await expect(iterator.throw?.(mine)).rejects.toBe(mine);
    await left.promise;
    expect(await budget()).toMatchObject({ spent: { requests: 1 }, reserved: { requests: 0 } });
    expect(await iterator.next()).toMatchObject({ done: true });
  });
});
