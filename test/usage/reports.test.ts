import { afterEach, describe, expect, it } from 'vitest';
import { bucketOf, DURATION_BUCKETS, middleOfMs } from '../../src/stores/latency-buckets.ts';
import { MemoryStore } from '../../src/stores/memory.ts';
import { SqliteStore } from '../../src/stores/sqlite.ts';
import { USAGE_MEASURES } from '../../src/stores/store.ts';
import { ANSWER_USD, stage } from '../budgets/stage.ts';
import { bodyOf, echo, messages } from '../public/harness.ts';
import { completion, streamText } from '../support/chat-upstream.ts';

const MODELS = { m: ['one/m'], cheap: ['one/cheap'], away: { deployments: ['one/away'], fallbacks: ['cheap'] } };

const stores: SqliteStore[] = [];
afterEach(() => {
  for (const store of stores.splice(0)) store.close();
});
const sqlite = () => {
  const store = new SqliteStore(':memory:');
  stores.push(store);
  return store;
};

describe.each([
  ['memory', () => new MemoryStore()],
  ['sqlite', sqlite],
])('the usage report of %s', (_, storeOf) => {
  it('counts failovers where they went, and calls that failed for good where they ended', async () => {
    const { gateway } = await stage({ store: storeOf(), retry: { attemptsPerDeployment: 1 } }, (exchange) =>
      exchange.request.path.startsWith('/one') ? exchange.answer(503, { error: {} }) : exchange.answer(200, completion('hi')),
    );
    await gateway.chat.completions.create({ model: 'pair', messages });
    await gateway.chat.completions.create({ model: 'm', messages }).catch(() => undefined);
    const rows = await gateway.control.usage({ by: ['model', 'deployment'] });
    const place = ({ model, deployment }: (typeof rows)[number]) => (model === 'm' ? 'z' : String(deployment));
    expect(rows.sort((one, other) => place(one).localeCompare(place(other)))).toMatchObject([
      { model: 'pair', deployment: 'one/m', requests: 1, failures: 1, errors: 0, failovers: 0, durationMs: { p50: null } },
      {
        model: 'pair',
        deployment: 'two/m',
        requests: 1,
        failures: 0,
        errors: 0,
        failovers: 1,
        durationMs: { p50: expect.any(Number) },
      },
      { model: 'm', deployment: 'one/m', requests: 1, failures: 1, errors: 1, failovers: 0, durationMs: { p50: null } },
    ]);
  });

  it('tells latency and the first token of streams, and what the prompt cache saved', async () => {
    const usage = { prompt_tokens: 1_000, completion_tokens: 0, prompt_tokens_details: { cached_tokens: 400 } };
    const { gateway } = await stage(
      { store: storeOf(), prices: { 'one/m': { input: 1, output: 2, cacheRead: 0.25 } } },
      (exchange) =>
        String(exchange.request.body).includes('"stream":true')
          ? streamText(exchange, 'hi')
          : exchange.answer(200, completion('hi', { usage })),
    );
    await gateway.chat.completions.create({ model: 'm', messages });
    for await (const _chunk of await gateway.chat.completions.create({ model: 'm', messages, stream: true }));
    const [row] = await gateway.control.usage();
    expect(row).toMatchObject({
      requests: 2,
      promptCacheSavedUsd: 0.0003,
      durationMs: { p99: expect.any(Number) },
      firstTokenMs: { p50: expect.any(Number) },
    });
  });

  it('tells what answers from the cache would have cost', async () => {
    const { gateway } = await stage({ store: storeOf(), cache: { ttl: '1h', scope: 'shared' } });
    const params = { model: 'm', messages };
    for (let call = 0; call < 3; call += 1) await gateway.chat.completions.create(params);
    for await (const _chunk of await gateway.chat.completions.create({ ...params, stream: true }));
    const [row] = await gateway.control.usage({ by: ['model', 'deployment', 'provider'] });
    expect(row).toMatchObject({ model: 'm', deployment: 'one/m', provider: 'one', requests: 1, costUsd: ANSWER_USD });
    expect(row?.responseCacheSavedUsd).toBeCloseTo(3 * ANSWER_USD, 12);
  });

  it('tells what a downgrade saved, and nothing for a fallback', async () => {
    const none = { limit: { usd: 0 }, window: 'day', onExceed: 'downgrade', downgradeTo: 'cheap' } as const;
    const budgets = [{ name: 'm', match: { model: 'm' }, ...none }];
    const { gateway } = await stage({ store: storeOf(), budgets, models: MODELS }, (exchange) =>
      bodyOf(exchange).model === 'away' ? exchange.answer(400, { error: { code: 'model_not_found' } }) : echo(exchange),
    );
    await gateway.chat.completions.create({ model: 'm', messages });
    await gateway.chat.completions.create({ model: 'away', messages });
    const rows = await gateway.control.usage({ by: ['model', 'deployment'] });
    const saved = rows.filter(({ downgradeSavedUsd }) => downgradeSavedUsd > 0);
    expect(saved).toMatchObject([{ model: 'm', deployment: 'one/cheap' }]);
    expect(saved[0]?.downgradeSavedUsd).toBeCloseTo(0.9 * ANSWER_USD, 12);
  });
});

describe('the histogram of the report', () => {
  it('tells every time from 10 ms to 90 s to within a quarter', () => {
    for (let ms = 10.1; ms < 90_000; ms *= 1.013) expect(Math.abs(middleOfMs(bucketOf(ms)) - ms) / ms).toBeLessThan(0.25);
  });

  it('has a place for every number', () => {
    for (const ms of [0, -1, Number.NaN]) expect(bucketOf(ms)).toBe(0);
    for (const ms of [1e9, Number.POSITIVE_INFINITY]) expect(bucketOf(ms)).toBe(DURATION_BUCKETS.length - 1);
  });

  it('leaves Redis a character for each measure', () => {
    expect(USAGE_MEASURES.length).toBeLessThanOrEqual(62);
    expect(new Set(USAGE_MEASURES).size).toBe(USAGE_MEASURES.length);
  });
});
