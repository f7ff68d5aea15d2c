import type { Gateway, ProviderMiddleware, RunAtLimit } from 'tollgate';
import { RunLimitError } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { scriptedProvider } from '../../src/testing/index.ts';
import { ask, failureOf, messages, providersAt, until, upstream } from '../public/harness.ts';
import { eventsOf, PRICES, stage } from './stage.ts';

const caller = { team: 'search' };
const inner = (gateway: Gateway) => ask(gateway, 'm');

/** A gateway whose model `deep` is served by code of the user's own. */
async function withMiddleware(make: (gateway: () => Gateway) => ProviderMiddleware) {
  const server = await upstream();
  let gateway: Gateway | undefined;
  const middleware = [make(() => gateway as Gateway)];
  const own = { provider: scriptedProvider('own', [{ text: 'hello' }]), middleware };
  const staged = await stage({
    providers: { ...providersAt(server, 'one', 'two'), own },
    models: { m: ['one/m'], deep: ['own/x'] },
    prices: { ...PRICES, 'own/x': { input: 0, output: 0 } },
  });
  gateway = staged.gateway;
  return { gateway, sent: () => server.requests.length };
}

describe('a call of a clone with limits is around', () => {
  it('what a provider of the user’s own calls through the gateway', async () => {
    const { gateway, sent } = await withMiddleware((at) => async (request, context, next) => {
      await inner(at());
      return next(request, context);
    });
    const run = gateway.for(caller, { maxCalls: 3 });
    await ask(run, 'deep');
    expect(gateway.control.runs()[0]?.totals).toMatchObject({ calls: 2, models: { m: { calls: 1 }, deep: { calls: 1 } } });
    // One call has room left, and not the one inside of it.
    const ended = eventsOf(gateway, 'request.end');
    expect(await failureOf(ask(run, 'deep'))).toMatchObject({ code: 'run_limit', limit: 'maxCalls', spent: 3 });
    expect(sent()).toBe(1);
    await until(() => ended.length === 2);
    expect(ended.map(({ outcome, attempts }) => [outcome, attempts])).toEqual([
      ['denied', 0],
      ['denied', 1],
    ]);
    expect(gateway.control.runs()[0]?.totals.calls).toBe(2);
  });

  it('what it calls while its stream is read, wherever the reader is', async () => {
    const { gateway, sent } = await withMiddleware((at) => async (request, context, next) => {
      const reply = await next(request, context);
      if (reply.kind !== 'stream') return reply;
      const { items } = reply;
      const asking = async () => {
        const item = await items.next();
        if (item === undefined) await inner(at());
        return item;
      };
      return { ...reply, items: { next: asking, cancel: () => items.cancel() } };
    });
    const run = gateway.for(caller, { maxCalls: 5 });
    const stream = await run.chat.completions.create({ model: 'deep', messages, stream: true });
    for await (const _ of stream);
    expect(sent()).toBe(1);
    expect(gateway.control.runs()[0]?.totals).toMatchObject({ calls: 2, models: { m: { calls: 1 }, deep: { calls: 1 } } });
  });
});

describe('a run is not around', () => {
  it('what listeners of events call, which hear of several calls together', async () => {
    const { gateway, sent } = await stage({});
    let asked: Promise<unknown> | undefined;
    gateway.once('request.end', () => {
      asked = inner(gateway);
    });
    await gateway.run(caller, () => ask(gateway, 'm'), { maxCalls: 1 });
    await until(() => asked !== undefined);
    await asked;
    expect(sent()).toHaveLength(2);
  });

  it('what the owner of a clone calls who is asked to raise a limit', async () => {
    const { gateway, sent } = await stage({});
    const onLimit = async () => {
      await inner(gateway);
      return { raise: { maxCalls: 2 } };
    };
    const run = gateway.for(caller, { maxCalls: 1, onLimit });
    await inner(run);
    await inner(run);
    expect(sent()).toHaveLength(3);
    expect(gateway.control.runs()[0]?.totals.calls).toBe(2);
  });
});

it('owners that are asked at once never wait for each other', async () => {
  const { gateway, sent } = await stage({});
  const big = () => ask(gateway, 'm', { max_tokens: 5_000 });
  const small = () => ask(gateway, 'm', { max_tokens: 100 });
  const errors: unknown[] = [];
  const ofOuter = async () => {
    errors.push(await failureOf(big()));
    return { raise: { maxCalls: 10 } };
  };
  const ofInner = async () => {
    await small();
    return { raise: { maxTokens: 50_000 } };
  };
  const work = async () => {
    await small();
    await big();
  };
  const nested = () => gateway.run(caller, work, { maxTokens: 1_000, onLimit: ofInner });
  await gateway.run(caller, nested, { maxCalls: 1, onLimit: ofOuter });
  expect(errors).toEqual([expect.any(RunLimitError)]);
  expect(sent()).toHaveLength(3);
});

describe('a run that is begun once more inside of itself', () => {
  it('keeps its limits, and counts each call once', async () => {
    const { gateway, sent } = await stage({});
    const ends = eventsOf(gateway, 'request.end');
    const further = () => Promise.allSettled([1, 2, 3, 4].map(() => inner(gateway)));
    const again = () => gateway.run(caller, further, { id: 'r', maxCalls: 10 });
    const ended = await gateway.run(caller, again, { id: 'r', maxCalls: 2 });
    expect(ended.map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    expect(sent()).toHaveLength(2);
    await until(() => ends.length === 4);
    expect(ends[0]?.runs).toEqual(['r']);
  });

  it('also in a clone that was made outside of it', async () => {
    const { gateway, sent } = await stage({});
    const clone = gateway.for(caller, { id: 'r', maxTokens: 100_000 });
    const further = () => Promise.allSettled([1, 2, 3].map(() => inner(clone)));
    await gateway.run(caller, further, { id: 'r', maxCalls: 1 });
    expect(sent()).toHaveLength(1);
  });

  it('has the lower limit raised by its owner', async () => {
    const { gateway, sent } = await stage({});
    const further = async () => [await inner(gateway), await inner(gateway), await inner(gateway)];
    const again = () => gateway.run(caller, further, { id: 'r', maxCalls: 10 });
    const onLimit = ({ parent }: RunAtLimit) => (parent === undefined ? { raise: { maxCalls: 3 } } : undefined);
    await gateway.run(caller, again, { id: 'r', maxCalls: 1, onLimit });
    expect(sent()).toHaveLength(3);
  });
});
