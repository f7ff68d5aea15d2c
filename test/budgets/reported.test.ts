import { type Gateway, type ProviderMiddleware, routeOf, StreamInterruptedError, type UpstreamReply } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { Failing, failureOf, messages, recordingProvider } from '../public/harness.ts';
import { chunk, completion, usageChunk } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { settlePromises } from '../support/test-clock.ts';
import { eventsOf, type Stage, stage } from './stage.ts';

const budgets = [{ name: 'b', limit: { requests: 100, tokens: 100_000_000, usd: 1_000 }, window: 'month' }] as const;
const NOTHING = { requests: 0, tokens: 0, usd: 0 };
const pathOf = ({ request }: FaultExchange) => request.path.split('/')[1];
const THOUGHTS = { prompt_tokens: 10, completion_tokens: 8_000, total_tokens: 8_010 };

type Reported = NonNullable<ReturnType<NonNullable<(UpstreamReply & { kind: 'stream' })['reported']>>>;

/** Middleware in front of a real upstream, as a wire that knows the usage before an item carries it. */
function reporting(usage: () => Partial<Reported> | undefined): ProviderMiddleware {
  return async (request, context, next) => {
    const reply = await next(request, context);
    return reply.kind === 'stream' ? { ...reply, reported: () => usage() as Reported | undefined } : reply;
  };
}

/** A stage whose provider `one` has reported `usage` as soon as its answer began. */
function thinking(usage: Partial<Reported>, script: (exchange: FaultExchange) => unknown, config: object = {}): Promise<Stage> {
  return stage({ budgets: [...budgets], ...config }, script).then((found) => {
    found.gateway.control.update({
      providers: {
        one: {
          type: 'openai-compatible',
          apiKey: 'k',
          baseURL: `${found.server.origin}/one/v1`,
          middleware: [reporting(() => usage)],
        },
        two: { type: 'openai-compatible', apiKey: 'k', baseURL: `${found.server.origin}/two/v1` },
      },
      models: { m: ['one/m'], pair: ['one/m', 'two/m'] },
      prices: { 'one/m': { input: 1, output: 2, cacheRead: 0.1 }, 'two/m': { input: 1, output: 2 } },
      budgets: [...budgets],
      ...config,
    });
    return found;
  });
}

/** Says a few words and then nothing. */
async function begin(exchange: FaultExchange): Promise<void> {
  await exchange.sseHead();
  await exchange.sse(chunk({ role: 'assistant', content: 'some ' }), chunk({ content: 'words' }));
}

async function streamOf(gateway: Gateway, more: object = {}, options: object = {}) {
  const params = { model: 'm', messages, stream: true, max_completion_tokens: 50_000, ...more } as const;
  return gateway.chat.completions.create(params, options);
}

async function readTwo(stream: AsyncIterable<unknown>): Promise<AsyncIterator<unknown>> {
  const reader = stream[Symbol.asyncIterator]();
  await reader.next();
  await reader.next();
  return reader;
}

describe('usage that was reported before a stream ended badly', () => {
  const SPENT = { requests: 1, tokens: 8_010, usd: 0.016_01 };

  it('is charged where its reader leaves', async () => {
    const { gateway, budget } = await thinking(THOUGHTS, begin);
    const stream = await streamOf(gateway);
    for await (const item of stream) if (item.choices[0]?.delta.content === 'words') break;
    expect(await budget()).toMatchObject({ spent: SPENT, reserved: NOTHING });
    expect(routeOf(stream)).toMatchObject({ usage: { inputTokens: 10, outputTokens: 8_000 }, usageSource: 'reported' });
  });

  it.each([false, true])('is charged where the caller aborts (while it reads: %s)', async (reads) => {
    const begun = Promise.withResolvers<void>();
    const { gateway, budget } = await thinking(THOUGHTS, async (exchange) => {
      await exchange.sseHead();
      if (reads) await exchange.sse(chunk({ role: 'assistant', content: 'some ' }), chunk({ content: 'words' }));
      else await exchange.sse(chunk({ role: 'assistant', content: '' }));
      begun.resolve();
    });
    const controller = new AbortController();
    const opening = streamOf(gateway, {}, { signal: controller.signal });
    if (reads) {
      const reader = await readTwo(await opening);
      const waiting = failureOf(reader.next());
      controller.abort('enough');
      await waiting;
    } else {
      await begun.promise;
      while ((await gateway.control.budgets())[0]?.reserved.requests !== 1) await settlePromises();
      for (let turn = 0; turn < 20; turn += 1) await settlePromises();
      controller.abort('enough');
      await failureOf(opening);
    }
    expect(await budget()).toMatchObject({ spent: SPENT, reserved: NOTHING });
  });

  it('is charged where the stream breaks, and stands on the error', async () => {
    const { gateway, budget } = await thinking(THOUGHTS, async (exchange) => {
      await begin(exchange);
      exchange.reset();
    });
    const ends = eventsOf(gateway, 'attempt.end');
    const error = await failureOf(
      (async () => {
        for await (const _ of await streamOf(gateway));
      })(),
    );
    expect(error).toBeInstanceOf(StreamInterruptedError);
    expect(error).toMatchObject({ usage: { inputTokens: 10, outputTokens: 8_000 }, partial: { text: 'some words' } });
    expect(await budget()).toMatchObject({ spent: SPENT, reserved: NOTHING });
    expect(ends).toMatchObject([{ failure: { kind: 'transient' }, usage: { outputTokens: 8_000 }, costUsd: SPENT.usd }]);
  });

  it.each([
    ['idle', { timeouts: { idleMs: 30 } }],
    ['contentIdle', { timeouts: { contentIdleMs: 30 } }],
    ['total', { timeouts: { totalMs: 200 } }],
  ])('is charged where its %s time runs out', async (_name, config) => {
    const { gateway, budget } = await thinking(THOUGHTS, begin, { clock: undefined, ...config });
    const reading = failureOf(
      (async () => {
        for await (const _ of await streamOf(gateway));
      })(),
    );
    expect(await reading).toBeInstanceOf(Error);
    expect(await budget()).toMatchObject({ spent: SPENT, reserved: NOTHING });
  });

  it('is charged where it breaks before its commit, and the next deployment is charged on top', async () => {
    const { gateway, budget } = await thinking(THOUGHTS, async (exchange) => {
      if (pathOf(exchange) === 'two') {
        await exchange.sseHead();
        await exchange.sse(chunk({ content: 'second' }), chunk({}, 'stop'), usageChunk(), '[DONE]');
        return exchange.lastChunk();
      }
      await exchange.sseHead();
      await exchange.sse(chunk({ role: 'assistant', content: '' }));
      exchange.reset();
    });
    const stream = await streamOf(gateway, { model: 'pair' });
    for await (const _ of stream);
    expect(await budget()).toMatchObject({ spent: { requests: 1, tokens: 8_025, usd: 0.016_03 }, reserved: NOTHING });
    expect(routeOf(stream)).toMatchObject({ usage: { inputTokens: 20, outputTokens: 8_005 }, costUsd: 0.016_03 });
    expect(await gateway.control.usage({ by: 'deployment' })).toMatchObject([
      { deployment: 'one/m', requests: 1, failures: 1, inputTokens: 10, outputTokens: 8_000, costUsd: 0.016_01 },
      { deployment: 'two/m', requests: 1, failures: 0, inputTokens: 10, outputTokens: 5, costUsd: 0.000_02 },
    ]);
  });

  it('is charged where the gateway closes', async () => {
    const { gateway, clock } = await thinking(THOUGHTS, begin);
    const ends = eventsOf(gateway, 'request.end');
    const reader = await readTwo(await streamOf(gateway));
    const waiting = failureOf(reader.next());
    const closed = gateway.close({ deadlineMs: 0 });
    await clock.elapse(1);
    await Promise.all([closed, waiting]);
    expect(ends).toMatchObject([{ outcome: 'aborted', costUsd: SPENT.usd, usageSource: 'reported' }]);
  });

  it.each(['restart', 'continue'] as const)('is charged where the stream goes on elsewhere (%s)', async (onInterrupt) => {
    const { gateway, budget } = await thinking(
      THOUGHTS,
      async (exchange) => {
        if (pathOf(exchange) === 'one') {
          await begin(exchange);
          return exchange.reset();
        }
        await exchange.sseHead();
        await exchange.sse(chunk({ content: ' and the rest' }), chunk({}, 'stop'), usageChunk(30, 7), '[DONE]');
        return exchange.lastChunk();
      },
      { stream: { onInterrupt } },
    );
    const stream = await streamOf(gateway, { model: 'pair' });
    for await (const _ of stream);
    expect(await budget()).toMatchObject({ spent: { requests: 1, tokens: 8_010 + 37, usd: 0.016_054 }, reserved: NOTHING });
    expect(routeOf(stream)?.usageSource).toBe('reported');
  });

  it('has its input at the rates of its classes, and its output counted where that is more', async () => {
    const usage = {
      prompt_tokens: 100_000,
      completion_tokens: 1,
      total_tokens: 100_001,
      prompt_tokens_details: { cached_tokens: 99_990 },
    };
    const { gateway, budget } = await thinking(usage, async (exchange) => {
      await exchange.sseHead();
      await exchange.sse(chunk({ role: 'assistant', content: 'x'.repeat(1_000) }));
    });
    const stream = await streamOf(gateway);
    for await (const _ of stream) break;
    expect(routeOf(stream)).toMatchObject({
      usage: { inputTokens: 100_000, cachedInputTokens: 99_990, outputTokens: 300 },
      usageSource: 'estimated',
    });
    // $0.1 per million read from the cache, $1 of other input, $2 of output.
    expect(await budget()).toMatchObject({ spent: { tokens: 100_300, usd: 0.010_609 }, reserved: NOTHING });
  });

  it('keeps its output where it names no input, which is estimated', async () => {
    const { gateway, budget } = await thinking({ completion_tokens: 8_000 }, begin);
    const stream = await streamOf(gateway);
    for await (const _ of stream) break;
    expect(routeOf(stream)).toMatchObject({ usage: { inputTokens: 6, outputTokens: 8_000 }, usageSource: 'estimated' });
    expect(await budget()).toMatchObject({ spent: { tokens: 8_006, usd: 0.016_006 }, reserved: NOTHING });
  });

  it('has its input estimated where the counts were all zero so far', async () => {
    const { gateway, budget } = await thinking({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }, begin);
    const stream = await streamOf(gateway);
    for await (const _ of stream) break;
    expect(routeOf(stream)).toMatchObject({ usage: { inputTokens: 6, outputTokens: 2 }, usageSource: 'estimated' });
    expect(await budget()).toMatchObject({ spent: { tokens: 8, usd: 0.000_01 }, reserved: NOTHING });
  });

  it('is charged by the model that served it', async () => {
    const found = await stage({}, async (exchange) => {
      await exchange.sseHead();
      await exchange.sse({ ...chunk({ content: 'hm' }), model: 'gpt-5-2025-08-07' });
    });
    const { gateway } = await stage({
      providers: { openai: { apiKey: 'k', baseURL: `${found.server.origin}/v1`, middleware: [reporting(() => THOUGHTS)] } },
      models: { m: ['openai/gpt-5-mini'] },
      prices: {},
    });
    const stream = await streamOf(gateway);
    for await (const _ of stream) break;
    expect(routeOf(stream)?.costUsd).toBeCloseTo((10 * 1.25 + 8_000 * 10) / 1e6, 9);
  });
});

it.each(['restart', 'continue'] as const)(
  'an answer that goes on (%s) costs what the model takes that goes on',
  async (onInterrupt) => {
    const by = (model: string, ...items: object[]) => items.map((item) => ({ ...item, model }));
    const { server } = await stage({}, async (exchange) => {
      await exchange.sseHead();
      if (pathOf(exchange) === 'one') {
        await exchange.sse(...by('gpt-5-mini', chunk({ role: 'assistant', content: 'some words' })));
        return exchange.reset();
      }
      await exchange.sse(
        ...by('gpt-5', chunk({ content: ' and the rest' }), chunk({}, 'stop'), usageChunk(1_000, 1_000)),
        '[DONE]',
      );
      return exchange.lastChunk();
    });
    const at = (path: string) => ({ type: 'openai' as const, apiKey: 'k', baseURL: `${server.origin}/${path}/v1` });
    const { gateway } = await stage({
      providers: { first: at('one'), second: at('two') },
      models: { pair: ['first/gpt-5-mini', 'second/gpt-5'] },
      prices: {},
      stream: { onInterrupt },
    });
    const ends = eventsOf(gateway, 'attempt.end');
    for await (const _ of await streamOf(gateway, { model: 'pair' }));
    expect(ends[1]).toMatchObject({ usage: { inputTokens: 1_000, outputTokens: 1_000 }, costUsd: 0.011_25 });
  },
);

describe('a Responses stream', () => {
  const response = (status: string, usage?: object) => ({
    id: 'resp_1',
    object: 'response',
    status,
    model: 'm',
    output: [],
    usage,
  });
  const delta = { type: 'response.output_text.delta', output_index: 0, delta: 'some words' };
  const usage = { input_tokens: 10, output_tokens: 8_000, total_tokens: 8_010 };

  it('is charged what its events reported, though its reader leaves before the last', async () => {
    const { gateway, budget } = await stage({ budgets: [...budgets] }, async (exchange) => {
      await exchange.sseHead();
      await exchange.sse({ type: 'response.created', response: response('in_progress') }, delta);
      await exchange.sse({ type: 'response.in_progress', response: response('in_progress', usage) }, delta);
    });
    const stream = await gateway.responses.create({ model: 'm', input: 'hello', stream: true });
    let texts = 0;
    for await (const { type } of stream) if (type === 'response.output_text.delta' && ++texts === 2) break;
    expect(await budget()).toMatchObject({ spent: { requests: 1, tokens: 8_010, usd: 0.016_01 }, reserved: NOTHING });
    expect(routeOf(stream)?.usageSource).toBe('reported');
  });

  it('takes a report in its middle for no last word', async () => {
    const early = { input_tokens: 10, output_tokens: 1, total_tokens: 11 };
    const { gateway } = await stage({ budgets: [...budgets] }, async (exchange) => {
      await exchange.sseHead();
      await exchange.sse({ type: 'response.in_progress', response: response('in_progress', early) });
      await exchange.sse({ ...delta, delta: 'x'.repeat(1_000) });
    });
    const stream = await gateway.responses.create({ model: 'm', input: 'hello', stream: true });
    for await (const { type } of stream) if (type === 'response.output_text.delta') break;
    expect(routeOf(stream)).toMatchObject({ usage: { inputTokens: 10, outputTokens: 300 }, usageSource: 'estimated' });
  });

  it('that reports less at its end than before keeps the larger count, and says that it was repaired', async () => {
    const zeros = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };
    const { gateway, budget } = await stage({ budgets: [...budgets] }, async (exchange) => {
      await exchange.sseHead();
      await exchange.sse({ type: 'response.in_progress', response: response('in_progress', usage) }, delta);
      await exchange.sse({ type: 'response.completed', response: response('completed', zeros) });
      await exchange.lastChunk();
    });
    const stream = await gateway.responses.create({ model: 'm', input: 'hello', stream: true });
    for await (const _ of stream);
    expect(routeOf(stream)?.usage).toMatchObject({ inputTokens: 10, outputTokens: 8_000, repaired: true });
    expect((await budget()).spent.tokens).toBe(8_010);
  });
});

describe('a reader that leaves at the finish', () => {
  const finished = async (exchange: FaultExchange) => {
    await exchange.sseHead();
    await exchange.sse(chunk({ content: 'x'.repeat(100) }), chunk({}, 'stop'), usageChunk(10, 5), '[DONE]');
    await exchange.lastChunk();
  };

  it('is charged the usage that is there already, not what its text would make', async () => {
    const { gateway, budget } = await stage({ budgets: [...budgets] }, finished);
    const stream = await streamOf(gateway);
    for await (const item of stream) if (item.choices[0]?.finish_reason) break;
    expect(await budget()).toMatchObject({ spent: { requests: 1, tokens: 15, usd: 0.000_02 }, reserved: NOTHING });
    expect(routeOf(stream)?.usageSource).toBe('reported');
  });
});

describe('a failure that reports usage', () => {
  const USAGE = { inputTokens: 100, outputTokens: 50, cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
  const failing = (times: number, usage = USAGE) => {
    let left = times;
    return recordingProvider('own', () => {
      left -= 1;
      if (left >= 0) throw new Failing({ usage });
      return completion('well');
    });
  };
  const config = (provider: ReturnType<typeof recordingProvider>) => ({
    providers: { own: { provider } },
    models: { m: { deployments: ['own/m'], retry: { minDelayMs: 1, maxDelayMs: 1, attemptsPerDeployment: 4 } } },
    prices: { 'own/m': { input: 1, output: 2 } },
    budgets: [
      ...budgets,
      { name: 'of the provider', each: ['provider'], limit: { requests: 100, tokens: 1_000_000, usd: 100 }, window: 'month' },
    ],
    clock: undefined,
  });

  it('is charged, and retries add up: for the caller and for the provider', async () => {
    const { gateway, budget } = await stage(config(failing(2)) as object);
    const ends = eventsOf(gateway, 'attempt.end');
    const answer = await gateway.chat.completions.create({ model: 'm', messages });
    expect(routeOf(answer)).toMatchObject({
      usage: { inputTokens: 210, outputTokens: 105 },
      costUsd: 0.000_42,
      usageSource: 'reported',
    });
    expect(await budget('b')).toMatchObject({ spent: { requests: 1, tokens: 315, usd: 0.000_42 }, reserved: NOTHING });
    expect(await budget('of the provider')).toMatchObject({
      spent: { requests: 3, tokens: 315, usd: 0.000_42 },
      reserved: NOTHING,
    });
    expect(ends.map(({ usage, costUsd }) => [usage?.inputTokens, usage?.outputTokens, costUsd])).toEqual([
      [100, 50, 0.000_2],
      [100, 50, 0.000_2],
      [10, 5, 0.000_02],
    ]);
    expect(await gateway.control.usage({ by: 'provider' })).toMatchObject([
      { provider: 'own', requests: 3, failures: 2, inputTokens: 210, outputTokens: 105, costUsd: 0.000_42 },
    ]);
  });

  it('is charged where it is the last', async () => {
    const { gateway, budget } = await stage(config(failing(9)) as object);
    await failureOf(gateway.chat.completions.create({ model: 'm', messages }));
    expect(await budget('b')).toMatchObject({ spent: { requests: 1, tokens: 600, usd: 0.000_8 }, reserved: NOTHING });
    expect((await budget('of the provider')).spent).toEqual({ requests: 4, tokens: 600, usd: 0.000_8 });
  });

  it.each([
    ['before', false],
    ['after', true],
  ])('inside a stream %s its commit is charged, the larger of what was told', async (_when, committed) => {
    const items = [
      ...(committed ? [chunk({ content: 'some words' })] : [chunk({ role: 'assistant', content: '' })]),
      { ...usageChunk(90, 70) },
    ];
    const provider = recordingProvider('own', undefined, {
      async send() {
        let position = 0;
        const next = () => {
          const item = items[position];
          position += 1;
          if (item === undefined) throw new Failing({ kind: 'request-invalid', usage: USAGE });
          return item;
        };
        return { kind: 'stream', status: 200, headers: {}, items: { next, cancel() {} } };
      },
    });
    const { gateway, budget } = await stage(config(provider) as object);
    const error = await failureOf(
      (async () => {
        for await (const _ of await streamOf(gateway));
      })(),
    );
    if (committed) expect(error).toMatchObject({ usage: { inputTokens: 100, outputTokens: 70 } });
    expect(await budget('b')).toMatchObject({ spent: { requests: 1, tokens: 170, usd: 0.000_24 }, reserved: NOTHING });
    expect((await budget('of the provider')).spent).toEqual({ requests: 1, tokens: 170, usd: 0.000_24 });
  });
});

it('a hedge that loses after it reported is charged what it reported', async () => {
  const { gateway, budget, clock } = await thinking(
    THOUGHTS,
    async (exchange) => {
      if (pathOf(exchange) === 'one') {
        await exchange.sseHead();
        return exchange.sse(chunk({ role: 'assistant', content: '' }));
      }
      await exchange.sseHead();
      await exchange.sse(chunk({ content: 'second' }), chunk({}, 'stop'), usageChunk(), '[DONE]');
      return exchange.lastChunk();
    },
    { models: { m: ['one/m'], pair: { deployments: ['one/m', 'two/m'], hedge: { afterMs: 100 } } } },
  );
  const opening = streamOf(gateway, { model: 'pair' });
  while (clock.pending < 2) await settlePromises();
  for (let turn = 0; turn < 50; turn += 1) await settlePromises();
  await clock.elapse(100);
  const stream = await opening;
  for await (const _ of stream);
  expect(routeOf(stream)?.deployment).toBe('two/m');
  expect(await budget()).toMatchObject({ spent: { requests: 1, tokens: 8_025, usd: 0.016_03 }, reserved: NOTHING });
});
