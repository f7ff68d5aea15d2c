import { Gateway } from 'tollgate';
import { scriptedProvider, seededRandom, TestClock } from 'tollgate/testing';
import { describe, expect, it } from 'vitest';
import { Invariants } from './simulation/invariants.ts';
import { ANSWER, outcomeUnder, Weather } from './simulation/weather.ts';

// TOLLGATE_SIMULATION_SEED replays one seed.
const replayed = process.env.TOLLGATE_SIMULATION_SEED;
const SEEDS = replayed === undefined ? [1, 2, 3, 4] : [Number(replayed)];
const CALLS = 1_500;
const BETWEEN_CALLS_MS = 250;
const LENGTH_MS = CALLS * BETWEEN_CALLS_MS;
const NAMES = ['a', 'b', 'c', 'd'];

type Result = 'answered' | 'interrupted' | 'failed' | 'aborted' | `wrong: ${string}`;

interface Run {
  readonly results: readonly Result[];
  readonly invariants: Invariants;
  readonly gateway: Gateway;
  readonly clock: TestClock;
  /** Share of the calls that each deployment alone would have answered. */
  readonly alone: readonly number[];
}

/** Thousands of calls, streaming and not, some of them aborted, over deployments whose weather the seed decides. */
async function simulate(seed: number, healthyFrom: 'none' | 'last'): Promise<Run> {
  const random = seededRandom(seed);
  const clock = new TestClock();
  const weather = NAMES.map(
    (_, index) => new Weather(random, LENGTH_MS, healthyFrom === 'last' && index === NAMES.length - 1 ? 'healthy' : undefined),
  );
  const providers = NAMES.map((name, index) =>
    scriptedProvider(name, () => outcomeUnder(weather[index]?.at(clock.monotonicMs()) ?? 'healthy', random)),
  );
  const gateway = new Gateway({
    providers: Object.fromEntries(NAMES.map((name, index) => [name, { provider: providers[index] }])),
    models: {
      m: {
        deployments: NAMES.map((name) => ({ provider: name, model: 'm', maxConcurrent: 50 })),
        timeouts: { firstTokenMs: 2_000, contentIdleMs: 3_000, totalMs: 60_000 },
      },
    },
    budgets: [{ name: 'all', limit: { tokens: 1_000_000_000, requests: 1_000_000 }, window: 'lifetime' }],
    clock,
    random,
  });
  const invariants = new Invariants(
    gateway,
    NAMES.map((name) => `${name}/m`),
  );
  const calls: Promise<Result>[] = [];
  let answeredAlone = NAMES.map(() => 0);
  for (let call = 0; call < CALLS; call += 1) {
    const startsAt = call * BETWEEN_CALLS_MS;
    answeredAlone = answeredAlone.map((count, index) => count + (weather[index]?.at(startsAt) === 'healthy' ? 1 : 0));
    const plan = { stream: random() < 0.5, abortAfterMs: random() < 0.05 ? Math.round(random() * 1_000) : undefined };
    clock.setTimeout(() => calls.push(callOnce(gateway, clock, plan)), startsAt);
  }
  await clock.elapse(LENGTH_MS + 700_000);
  const results = await Promise.all(calls);
  return { results, invariants, gateway, clock, alone: answeredAlone.map((count) => count / CALLS) };
}

async function callOnce(
  gateway: Gateway,
  clock: TestClock,
  plan: { stream: boolean; abortAfterMs: number | undefined },
): Promise<Result> {
  const controller = new AbortController();
  if (plan.abortAfterMs !== undefined) clock.setTimeout(() => controller.abort('by plan'), plan.abortAfterMs);
  const params = { model: 'm', messages: [{ role: 'user' as const, content: 'hello' }] };
  const options = { signal: controller.signal };
  let text = '';
  try {
    if (plan.stream) {
      for await (const item of await gateway.chat.completions.create({ ...params, stream: true }, options))
        text += item.choices[0]?.delta.content ?? '';
    } else {
      text = (await gateway.chat.completions.create(params, options)).choices[0]?.message.content ?? '';
    }
    return text === ANSWER || !plan.stream ? 'answered' : `wrong: ${text}`;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'aborted') return 'aborted';
    if (code === 'stream_interrupted') return ANSWER.startsWith(text) ? 'interrupted' : `wrong: ${text}`;
    return code === 'failover_exhausted' || code === 'deadline_exceeded' || code === 'rate_limited'
      ? 'failed'
      : `wrong: ${String(error)}`;
  }
}

function share(results: readonly Result[], ...wanted: Result[]): number {
  const decided = results.filter((result) => result !== 'aborted');
  return decided.filter((result) => wanted.includes(result)).length / decided.length;
}

/** What holds in every run, whatever the weather. */
async function expectOrder({ results, invariants, gateway, clock }: Run): Promise<void> {
  expect(invariants.broken.slice(0, 5)).toEqual([]);
  expect(results.filter((result) => result.startsWith('wrong')).slice(0, 5)).toEqual([]);
  expect([...invariants.calls.values()].filter(({ ended }) => !ended)).toEqual([]);
  const [balance] = await gateway.control.budgets();
  expect(balance?.reserved).toEqual({ tokens: 0, requests: 0 });
  expect(gateway.control.health().map(({ inFlight }) => inFlight)).toEqual(NAMES.map(() => 0));
  await gateway.close();
  expect(clock.pending).toBe(0);
}

describe.each(SEEDS.map((seed) => [seed]))('seed %i', (seed) => {
  it('answers every call while one deployment is healthy', { timeout: 60_000 }, async () => {
    const run = await simulate(seed, 'last');
    await expectOrder(run);
    expect(run.results.filter((result) => result === 'failed')).toEqual([]);
  });

  it('is more available than its deployments are on average', { timeout: 60_000 }, async () => {
    const run = await simulate(seed, 'none');
    await expectOrder(run);
    expect(share(run.results, 'answered', 'interrupted')).toBeGreaterThan(
      run.alone.reduce((sum, alone) => sum + alone, 0) / NAMES.length,
    );
  });
});
