import fc from 'fast-check';
import { type EventMap, Gateway, type Provider, type UpstreamReply } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/stores/memory.ts';
import type { Charge, Reserved } from '../../src/stores/store.ts';
import { Failing } from '../public/harness.ts';
import { chunk, completion } from '../support/chat-upstream.ts';
import { settlePromises, TestClock } from '../support/test-clock.ts';

/** Tokens that a provider reports; less than the bound of the call, which is 29 of input and 80 of output at least. */
interface Report {
  readonly input: number | undefined;
  readonly cached: number;
  readonly output: number;
}

type Step = { readonly text: number } | { readonly report: Report; readonly by: 'wire' | 'item' } | 'wait';

interface Answer {
  readonly steps: readonly Step[];
  readonly end: 'finish' | 'cut' | 'stall' | 'timeout' | 'fail';
  readonly last: Report | undefined;
}

interface Played {
  readonly stream: boolean;
  readonly answers: readonly Answer[];
  /** How many items are read before the reader leaves or aborts; undefined reads all. */
  readonly readsUntil: number | undefined;
  readonly leavesBy: 'break' | 'abort';
}

const report: fc.Arbitrary<Report> = fc
  .record({
    input: fc.option(fc.integer({ min: 0, max: 25 }), { nil: undefined, freq: 6 }),
    share: fc.integer({ min: 0, max: 4 }),
    output: fc.integer({ min: 0, max: 80 }),
  })
  .map(({ input, share, output }) => ({ input, cached: Math.floor(((input ?? 0) * share) / 4), output }));

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ text: fc.integer({ min: 0, max: 100 }) }) },
  { weight: 3, arbitrary: fc.record({ report, by: fc.constantFrom('wire' as const, 'item' as const) }) },
  { weight: 1, arbitrary: fc.constant('wait' as const) },
);

const answer: fc.Arbitrary<Answer> = fc.record({
  steps: fc.array(step, { maxLength: 6 }),
  end: fc.constantFrom('finish', 'cut', 'stall', 'timeout', 'fail'),
  last: fc.option(report, { nil: undefined }),
});

const played: fc.Arbitrary<Played> = fc.record({
  stream: fc.boolean(),
  answers: fc.array(answer, { maxLength: 4 }),
  readsUntil: fc.option(fc.integer({ min: 0, max: 8 }), { nil: undefined, freq: 2 }),
  leavesBy: fc.constantFrom('break', 'abort'),
});

const world = fc.record({
  calls: fc.array(played, { minLength: 1, maxLength: 4 }),
  onInterrupt: fc.constantFrom('error' as const, 'restart' as const, 'continue' as const),
  hedge: fc.boolean(),
  requests: fc.integer({ min: 1, max: 3 }),
  attempts: fc.integer({ min: 1, max: 8 }),
  tokens: fc.constantFrom(250, 700, 100_000),
});

/** The most that an attempt reported, class by class; what was pulled has arrived. */
class Told {
  readonly #isOver: () => boolean;
  input = 0;
  cached = 0;
  output = 0;

  constructor(isOver: () => boolean) {
    this.#isOver = isOver;
  }

  take({ input = 0, cached, output }: Report): void {
    if (this.#isOver()) return;
    this.input = Math.max(this.input, input);
    this.cached = Math.max(this.cached, cached);
    this.output = Math.max(this.output, output);
  }
}

const toUsage = ({ input, cached, output }: Report) => ({
  ...(input === undefined ? undefined : { prompt_tokens: input }),
  completion_tokens: output,
  prompt_tokens_details: { cached_tokens: cached },
});

const ofFailure = ({ input = 0, cached, output }: Report) => ({
  inputTokens: input,
  outputTokens: output,
  cachedInputTokens: cached,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
});

/** As wires keep it. */
function larger(before: Report | undefined, { input, cached, output }: Report): Report {
  const known = before?.input ?? input;
  return {
    input: known === undefined ? undefined : Math.max(known, input ?? 0),
    cached: Math.max(before?.cached ?? 0, cached),
    output: Math.max(before?.output ?? 0, output),
  };
}

const DEFAULT: Answer = { steps: [{ text: 4 }], end: 'finish', last: { input: 10, cached: 0, output: 5 } };

/** A provider that plays the answers of the calls, one for each attempt, and notes what it has told by each. */
function playing(name: string, next: () => Answer, told: Map<string, Told[]>): Provider {
  return {
    name,
    vendor: 'custom',
    supports: () => true,
    capabilities: () => ({}),
    unsupported: () => [],
    classify: (error) => (error as Failing).failure,
    send(request, { requestId, cancellation }) {
      // What comes after the end of an attempt is told to nobody.
      const mine = new Told(() => cancellation.cancelled);
      told.set(requestId, [...(told.get(requestId) ?? []), mine]);
      const never = () => new Promise<never>((_resolve, reject) => void cancellation.onCancel(reject));
      return request.stream ? streamed(next(), mine, never) : whole(next(), mine, never);
    },
  };
}

type Never = () => Promise<never>;

async function whole({ end, last }: Answer, told: Told, never: Never): Promise<UpstreamReply> {
  if (end === 'stall') return never();
  // A failure has the usage of both or none.
  const whole = end === 'finish' || last?.input !== undefined ? last : undefined;
  if (whole !== undefined) told.take(whole);
  if (end !== 'finish') throw failingBy(end, whole);
  const usage = whole && toUsage(whole);
  return { kind: 'object', status: 200, headers: {}, body: completion('some words', { usage }) };
}

function failingBy(end: Answer['end'], last: Report | undefined): Failing {
  const kind = end === 'timeout' ? 'timeout' : 'transient';
  return new Failing({ kind, status: undefined, usage: last && ofFailure(last) });
}

async function streamed({ steps, end, last }: Answer, told: Told, never: Never): Promise<UpstreamReply> {
  let position = 0;
  let byWire: Report | undefined;
  // An item carries what its wire has told before it, at least.
  const usageItem = (told: Report) => ({ ...chunk({}), choices: [], usage: toUsage(larger(byWire, told)) });
  const take = (): unknown => {
    const current = steps[position];
    position += 1;
    if (current === 'wait') return settlePromises().then(take);
    if (current !== undefined && 'text' in current) return chunk({ content: 'x'.repeat(current.text) });
    if (current !== undefined) {
      told.take(current.report);
      if (current.by === 'item') return usageItem(current.report);
      byWire = larger(byWire, current.report);
      return take();
    }
    if (end === 'stall') return never();
    if (end !== 'finish') {
      const whole = end === 'fail' && last?.input !== undefined ? last : undefined;
      if (whole !== undefined) told.take(whole);
      throw failingBy(end, whole);
    }
    if (position === steps.length + 1) return chunk({}, 'stop');
    if (position > steps.length + 2 || last === undefined) return undefined;
    told.take(last);
    return usageItem(last);
  };
  const items = { next: take, cancel() {} };
  return { kind: 'stream', status: 200, headers: {}, items, reported: () => (byWire ? toUsage(byWire) : undefined) as never };
}

/** Notes all that was ever granted, by counter. */
class GrantingStore extends MemoryStore {
  readonly granted = new Map<string, number>();

  override reserve(id: string, charges: readonly Charge[], leaseMs: number, at: number): Reserved {
    const reserved = super.reserve(id, charges, leaseMs, at);
    if (reserved.granted !== true) return reserved;
    for (const { counter, amount } of charges) this.granted.set(counter, (this.granted.get(counter) ?? 0) + amount);
    return reserved;
  }
}

const PRICES = { 'a/m': { input: 1, output: 2, cacheRead: 0.1 }, 'b/m': { input: 3, output: 4, cacheRead: 1 } };

async function play(gateway: Gateway, clock: TestClock, { stream, readsUntil, leavesBy }: Played): Promise<void> {
  const controller = new AbortController();
  const params = { model: 'm', messages: [{ role: 'user' as const, content: 'hello' }], max_completion_tokens: 80 };
  let over = false;
  const calling = (async () => {
    if (leavesBy === 'abort' && readsUntil === 0) setImmediate(() => controller.abort());
    if (!stream) return gateway.chat.completions.create(params, { signal: controller.signal });
    let read = 0;
    for await (const _ of await gateway.chat.completions.create({ ...params, stream: true }, { signal: controller.signal })) {
      read += 1;
      if (read !== readsUntil) continue;
      if (leavesBy === 'break') break;
      controller.abort();
    }
    return undefined;
  })().then(
    () => {
      over = true;
    },
    () => {
      over = true;
    },
  );
  while (!over) await clock.elapse(20_000);
  await calling;
}

type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

async function check({ calls, onInterrupt, hedge, requests, attempts, tokens }: World): Promise<void> {
  const clock = new TestClock();
  const store = new GrantingStore();
  const told = new Map<string, Told[]>();
  let answers: Answer[] = [];
  const next = () => answers.shift() ?? DEFAULT;
  const gateway = new Gateway({
    providers: { a: { provider: playing('a', next, told) }, b: { provider: playing('b', next, told) } },
    models: { m: { deployments: ['a/m', 'b/m'], ...(hedge && { hedge: { afterMs: 5_000 } }) } },
    prices: PRICES,
    budgets: [
      { name: 'calls', limit: { requests, tokens, usd: tokens * 4e-6 }, window: 'month' },
      { name: 'attempts', each: ['provider'], limit: { requests: attempts, tokens: 100_000, usd: 1 }, window: 'month' },
    ],
    stream: { onInterrupt },
    store,
    clock,
    random: () => 0.5,
  });
  const ends: EventMap['attempt.end'][] = [];
  gateway.on('attempt.end', (event) => ends.push(event));
  let reached = 0;
  for (const call of calls) {
    answers = [...call.answers];
    const before = told.size;
    await play(gateway, clock, call);
    reached += told.size - before;
  }
  for (const { requestId, attempt, usage } of ends) {
    const { input, cached, output } = told.get(requestId)?.[attempt - 1] ?? { input: 0, cached: 0, output: 0 };
    expect(usage?.inputTokens ?? 0).toBeGreaterThanOrEqual(input);
    expect(usage?.cachedInputTokens ?? 0).toBeGreaterThanOrEqual(cached);
    expect(usage?.outputTokens ?? 0).toBeGreaterThanOrEqual(output);
  }
  const balances = await gateway.control.budgets();
  const sum = (name: string, unit: string) =>
    balances.filter((balance) => balance.name === name).reduce((total, { spent }) => total + (spent[unit] ?? 0), 0);
  const sent = [...told.values()].reduce((total, { length }) => total + length, 0);
  expect([sum('calls', 'requests'), sum('attempts', 'requests')]).toEqual([reached, sent]);
  for (const name of ['calls', 'attempts']) {
    expect(sum(name, 'tokens')).toBe(
      ends.reduce((total, { usage }) => total + (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0), 0),
    );
    expect(sum(name, 'usd')).toBeCloseTo(
      ends.reduce((total, { costUsd = 0 }) => total + costUsd, 0),
      9,
    );
  }
  for (const { reserved, remaining } of balances) {
    expect(Object.values(reserved).every((amount) => amount === 0)).toBe(true);
    expect(Object.values(remaining).every((amount) => amount >= 0)).toBe(true);
  }
  for (const [counter, amount] of store.granted) {
    const [balance] = store.balances({ counters: [counter] }, clock.now());
    expect([counter, (balance?.spent ?? 0) <= amount]).toEqual([counter, true]);
  }
  const closed = gateway.close({ deadlineMs: 0 });
  await clock.elapse(10_000);
  await closed;
}

describe('whatever calls report, and however they end', () => {
  it('each is charged at least what was reported and at most what was held, no limit is passed, and nothing stays held', {
    timeout: 60_000,
  }, async () => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(world, async (drawn) => {
        runs += 1;
        await check(drawn);
      }),
      { numRuns: 200 },
    );
    expect(runs).toBeGreaterThanOrEqual(200);
  });
});
