import { BudgetExceededError, type Gateway, type RunAtLimit, RunLimitError, UnpricedModelError } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { ask, echo, failureOf, messages, until } from '../public/harness.ts';
import { chunk, completion, usageChunk } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { ANSWER_USD, eventsOf, stage } from './stage.ts';

const caller = { team: 'search' };
const only = (gateway: Gateway) => gateway.control.runs()[0];
const refusal = async (promise: PromiseLike<unknown>) => {
  const error = await failureOf(promise);
  expect(error).toBeInstanceOf(RunLimitError);
  return error as RunLimitError;
};

describe('a run with limits', () => {
  it('refuses at once what its owner, who is asked to raise a limit, calls inside of it, and goes on when it is raised', async () => {
    const { gateway, sent } = await stage({});
    const refused: RunLimitError[] = [];
    const onLimit = async ({ limits }: RunAtLimit) => {
      refused.push(await refusal(ask(gateway, 'm')));
      return { raise: { maxCalls: (limits.maxCalls ?? 0) + 1 } };
    };
    const work = async () => {
      await ask(gateway, 'm');
      await ask(gateway, 'm');
    };
    await gateway.run(caller, work, { maxCalls: 1, onLimit });
    expect(refused).toMatchObject([{ limit: 'maxCalls', max: 1 }]);
    expect(sent()).toHaveLength(2);
  });

  it('is not left by a further run of a clone that was made outside of it', async () => {
    const { gateway, sent } = await stage({});
    const clone = gateway.for(caller, { maxCalls: 10 });
    const inner = () => ask(gateway, 'm').then(() => ask(clone, 'm'));
    const inside = gateway.run(caller, () => clone.run(caller, inner, { maxCalls: 10 }), { maxCalls: 1 });
    expect(await refusal(inside)).toMatchObject({ limit: 'maxCalls', max: 1 });
    expect(sent()).toHaveLength(1);
  });

  it('is around a clone of a clone that is made in it', async () => {
    const { gateway, sent } = await stage({});
    const clone = gateway.for(caller, { maxCalls: 10 });
    const work = async () => {
      const further = clone.for(caller, { maxCalls: 10 });
      await ask(further, 'm');
      await ask(further, 'm');
    };
    expect(await refusal(gateway.run(caller, work, { maxCalls: 1 }))).toMatchObject({ limit: 'maxCalls', max: 1 });
    expect(sent()).toHaveLength(1);
  });

  it('says what is over when its time is', async () => {
    const { gateway, clock } = await stage({});
    const run = gateway.for(caller, { maxMs: 1_000 });
    await clock.advance(1_000);
    expect((await refusal(ask(run, 'm'))).message).toMatch(/has reached maxMs: 1000 of 1000 milliseconds are over$/);
  });

  it('is refused without a function', async () => {
    const { gateway } = await stage({});
    expect(() => gateway.run(caller, undefined as never, { maxCalls: 1 })).toThrow('fn must be a function');
    expect(gateway.control.runs()).toEqual([]);
  });

  it('refuses the call that would pass its money, before it is sent, and says what was spent by what', async () => {
    const { gateway, sent } = await stage({});
    const run = gateway.for(caller, { maxUsd: 0.000_5 });
    await ask(run, 'm', { max_tokens: 200 });
    const error = await refusal(ask(run, 'm', { max_tokens: 300 }));
    expect(error).toMatchObject({ status: 402, code: 'run_limit', limit: 'maxUsd', max: 0.000_5 });
    expect(error.spent).toBeCloseTo(ANSWER_USD, 12);
    expect(error.totals).toMatchObject({ calls: 1, tokens: 15, toolCalls: 0, tools: {} });
    expect(error.totals.models.m).toMatchObject({ calls: 1, tokens: 15 });
    expect(sent()).toHaveLength(1);
  });

  it.each([
    ['maxUsd', { maxUsd: 0.000_5 }],
    ['maxTokens', { maxTokens: 600 }],
    ['maxCalls', { maxCalls: 1 }],
    ['maxMs', { maxMs: 5_000 }],
  ] as const)('is planned with: control.plan says that %s would refuse a call, and changes nothing', async (limit, limits) => {
    const { gateway, clock, sent } = await stage({});
    const run = gateway.for(caller, limits);
    const params = { model: 'm', messages, max_tokens: 200 };
    expect(await run.control.plan(params)).toMatchObject({ verdict: 'allow' });
    await ask(run, 'm', { max_tokens: 200 });
    await clock.advance(5_000);
    const more = { ...params, max_tokens: 700 };
    expect(await gateway.control.plan(more)).toMatchObject({ verdict: 'allow' });
    const plan = await run.control.plan(more);
    expect(plan.verdict).toBe('deny');
    expect((await refusal(ask(run, 'm', { max_tokens: 700 }))).message).toBe(plan.reason);
    expect(plan.reason).toContain(limit);
    expect(sent()).toHaveLength(1);
    const inside = await gateway.run(caller, () => gateway.control.plan(params), { maxTokens: 10 });
    expect(inside).toMatchObject({ verdict: 'deny', reason: expect.stringContaining('maxTokens') });
  });

  it('admits four of twenty calls at once on room for four', async () => {
    const { gateway, sent } = await stage({});
    const ended = await gateway.run(caller, () => Promise.allSettled(Array.from({ length: 20 }, () => ask(gateway, 'm'))), {
      maxCalls: 4,
    });
    expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
    expect(sent()).toHaveLength(4);
    for (const end of ended) if (end.status === 'rejected') expect(end.reason).toBeInstanceOf(RunLimitError);
  });

  it('holds the bound of every call under way, in tokens, and settles each to what it used', async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { gateway, server } = await stage({}, (exchange) => gate.then(() => echo(exchange)));
    const run = gateway.for(caller, { maxTokens: 1_000 });
    const first = ask(run, 'm', { max_tokens: 700 });
    await until(() => server.requests.length === 1);
    expect(await refusal(ask(run, 'm', { max_tokens: 700 }))).toMatchObject({ limit: 'maxTokens', max: 1_000 });
    open();
    await first;
    await ask(run, 'm', { max_tokens: 700 });
    expect(only(gateway)?.totals.tokens).toBe(30);
  });

  it('bounds the output of calls that do not', async () => {
    const { gateway, sent } = await stage({});
    await ask(gateway.for(caller, { maxTokens: 2_000 }), 'm');
    const [body] = sent();
    const limit = Number(body?.max_tokens ?? body?.max_completion_tokens);
    expect(limit).toBeGreaterThan(0);
    expect(limit).toBeLessThan(2_000);
  });

  it('counts no call that never reached a provider', async () => {
    const { gateway } = await stage({ budgets: [{ name: 'all', limit: { usd: 0.001 }, window: 'day' }] });
    const run = gateway.for(caller, { maxCalls: 1 });
    expect(await failureOf(ask(run, 'm', { max_tokens: 100_000 }))).toBeInstanceOf(BudgetExceededError);
    await ask(run, 'm', { max_tokens: 10 });
    await refusal(ask(run, 'm', { max_tokens: 10 }));
  });

  it('charges budgets and the run alike, to the unit', async () => {
    const { gateway, budget } = await stage({ budgets: [{ name: 'all', limit: { usd: 1, tokens: 1e6 }, window: 'day' }] });
    await gateway.run(caller, () => Promise.all([ask(gateway, 'm'), ask(gateway, 'cheap')]), { maxUsd: 1 });
    const balance = await budget();
    expect(balance.spent).toEqual({ usd: 0.000_022, tokens: 30 });
    expect(balance.reserved).toEqual({ usd: 0, tokens: 0 });
  });

  it('wants a price where money is limited', async () => {
    const { gateway, sent } = await stage({ models: { m: ['one/nobody-knows'] } });
    expect(await failureOf(ask(gateway.for(caller, { maxUsd: 1 }), 'm'))).toBeInstanceOf(UnpricedModelError);
    expect(sent()).toHaveLength(0);
    await ask(gateway.for(caller, { maxCalls: 1 }), 'm');
  });

  it('refuses calls when its time is over, and ends none that was sent', async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { gateway, clock, server } = await stage({}, (exchange) => gate.then(() => echo(exchange)));
    const run = gateway.for(caller, { maxMs: 1_000 });
    const first = ask(run, 'm');
    await until(() => server.requests.length === 1);
    await clock.advance(1_000);
    expect(await refusal(ask(run, 'm'))).toMatchObject({ limit: 'maxMs', max: 1_000, spent: 1_000 });
    open();
    expect(await first).toContain('one');
  });

  it('is answered over HTTP as 402 in the form of an OpenAI error', async () => {
    const { gateway } = await stage({});
    const { fetch, baseURL } = gateway.for(caller, { maxCalls: 1 }).clientOptions();
    const post = () => fetch(`${baseURL}/chat/completions`, { method: 'POST', body: JSON.stringify({ model: 'm', messages }) });
    expect((await post()).status).toBe(200);
    const refused = await post();
    expect(refused.status).toBe(402);
    expect(refused.headers.get('x-should-retry')).toBe('false');
    expect(await refused.json()).toMatchObject({ error: { code: 'run_limit', type: 'run_limit' } });
  });
});

const call = (id: string) => ({ id, type: 'function', function: { name: 'look_up', arguments: '{}' } });
const calling = (exchange: FaultExchange, ids: string[]) =>
  exchange.answer(
    200,
    completion('', {
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: null, refusal: null, tool_calls: ids.map(call) },
          finish_reason: 'tool_calls',
          logprobs: null,
        },
      ],
    }),
  );

describe('the calls of tools of a run', () => {
  it('are counted in answers; the call after the last of them is refused', async () => {
    const { gateway } = await stage({}, (exchange) => calling(exchange, ['a', 'b']));
    const run = gateway.for(caller, { maxToolCalls: 3 });
    await ask(run, 'm');
    await ask(run, 'm');
    expect(await refusal(ask(run, 'm'))).toMatchObject({ limit: 'maxToolCalls', max: 3, spent: 4 });
    expect(only(gateway)?.totals).toMatchObject({ toolCalls: 4, tools: { look_up: 4 } });
  });

  it('are counted in streams', async () => {
    const { gateway } = await stage({}, async (exchange) => {
      await exchange.sseHead();
      const pieces = [0, 1].map((index) => ({ index, ...call(`call_${index}`) }));
      await exchange.sse(chunk({ role: 'assistant', tool_calls: pieces }), chunk({}, 'tool_calls'), usageChunk(), '[DONE]');
      await exchange.end();
    });
    const run = gateway.for(caller, { maxToolCalls: 2 });
    for await (const _ of await run.chat.completions.create({ model: 'm', messages, stream: true })) void _;
    expect(await refusal(ask(run, 'm'))).toMatchObject({ limit: 'maxToolCalls', spent: 2 });
  });

  it('are counted in responses, those that the vendor ran included', async () => {
    const output = [
      { type: 'web_search_call', id: 'ws_1', status: 'completed' },
      { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'look_up', arguments: '{}', status: 'completed' },
    ];
    const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };
    const answer = { id: 'resp_1', object: 'response', created_at: 0, status: 'completed', model: 'm', output, usage };
    const { gateway } = await stage({ toolPrices: { web_search: { usd: 0.01 } } }, (exchange) => exchange.answer(200, answer));
    await gateway.for(caller, { maxToolCalls: 9 }).responses.create({ model: 'm', input: 'hello' });
    expect(only(gateway)?.totals).toMatchObject({ toolCalls: 2, tools: { look_up: 1, web_search: 1 } });
  });

  it("end a loop of the client's runTools", async () => {
    const { gateway, sent } = await stage({}, (exchange) => calling(exchange, [`call_${exchange.index}`]));
    const run = gateway.for(caller, { maxToolCalls: 3 });
    const runner = run.chat.completions.runTools({
      model: 'm',
      messages,
      tools: [{ type: 'function', function: { name: 'look_up', description: '', parameters: {}, function: () => 'nothing' } }],
    } as never);
    await refusal((runner as unknown as { done(): Promise<void> }).done());
    expect(sent()).toHaveLength(3);
  });
});

describe('runs inside of runs', () => {
  it('are charged to their parents too, and end at the first limit of all', async () => {
    const { gateway } = await stage({});
    await gateway.run(
      caller,
      async () => {
        await gateway.run({ team: 'inner' }, () => ask(gateway, 'm'), { maxCalls: 5 });
        await ask(gateway.for({ team: 'other' }), 'm');
        const inner = gateway.for({ team: 'inner' }, { id: 'inner', maxCalls: 5 });
        await ask(inner, 'm');
        expect(await refusal(ask(inner, 'm'))).toMatchObject({ limit: 'maxCalls', max: 3, spent: 3 });
      },
      { maxCalls: 3 },
    );
  });

  it('give back what their parent refused', async () => {
    const { gateway } = await stage({});
    const outer = gateway.for(caller, { maxCalls: 1 });
    const inner = outer.for(caller, { id: 'in', maxTokens: 5_000 });
    await ask(inner, 'm');
    await refusal(ask(inner, 'm'));
    const alone = gateway.for(caller, { id: 'in', maxTokens: 5_000 });
    await ask(alone, 'm', { max_tokens: 4_000 });
  });
});

describe('a limit that is reached', () => {
  it('is raised by the answer to one question, for which the other calls wait', async () => {
    const { gateway } = await stage({});
    const asked: unknown[] = [];
    const run = gateway.for(caller, {
      maxCalls: 1,
      async onLimit({ limit, spent, limits }) {
        asked.push([limit, spent, limits.maxCalls]);
        return { raise: { maxCalls: 4 } };
      },
    });
    await Promise.all([1, 2, 3, 4].map(() => ask(run, 'm')));
    expect(asked).toEqual([['maxCalls', 1, 1]]);
  });

  it('refuses where the answer raises nothing, throws, or is late', async () => {
    const { gateway, clock } = await stage({});
    const errors = eventsOf(gateway, 'listener.error');
    const answers: (() => Promise<{ raise: { maxCalls: number } } | undefined>)[] = [
      async () => undefined,
      async () => ({ raise: { maxCalls: 1 } }),
      async () => ({ raise: { maxCalls: -1 } }),
      () => Promise.reject(new Error('no')),
      () => new Promise(() => {}),
    ];
    for (const answer of answers) {
      let asked = false;
      const onLimit = () => {
        asked = true;
        return answer();
      };
      const run = gateway.for(caller, { maxCalls: 1, onLimit });
      await ask(run, 'm');
      const refused = refusal(ask(run, 'm'));
      await until(() => asked);
      await clock.advance(60_000);
      await refused;
    }
    await until(() => errors.length > 1);
    expect(errors.map(({ event }) => event)).toEqual(['onLimit', 'onLimit']);
  });
});

describe('the end of a run', () => {
  it('is told with totals, after its start and a warning', async () => {
    const { gateway } = await stage({});
    const told: unknown[] = [];
    for (const type of ['run.start', 'run.warn', 'run.end'] as const) gateway.on(type, (event) => told.push(event));
    await gateway.run(caller, async () => [await ask(gateway, 'm'), await ask(gateway, 'cheap')], { id: 'r', maxCalls: 2 });
    await until(() => told.length === 3);
    expect(told).toMatchObject([
      { type: 'run.start', run: 'r', caller, limits: { maxCalls: 2 } },
      { type: 'run.warn', run: 'r', limit: 'maxCalls', spent: 2, max: 2, threshold: 0.8 },
      { type: 'run.end', run: 'r', outcome: 'success', totals: { calls: 2, models: { m: { calls: 1 }, cheap: { calls: 1 } } } },
    ]);
  });

  it('leaves nothing behind: neither of functions that end, throw or reject, nor of clones that rest for an hour', async () => {
    const { gateway, clock } = await stage({});
    const outcomes = eventsOf(gateway, 'run.end');
    const limits = { maxCalls: 1 };
    gateway.run(caller, () => 1, limits);
    expect(() =>
      gateway.run(
        caller,
        () => {
          throw new Error('own');
        },
        limits,
      ),
    ).toThrow('own');
    await failureOf(gateway.run(caller, () => Promise.reject(new Error('own')), limits));
    const clone = gateway.for(caller, limits);
    expect(gateway.control.runs()).toHaveLength(1);
    await ask(clone, 'm');
    await clock.advance(3_600_000);
    expect(gateway.control.runs()).toEqual([]);
    await until(() => outcomes.length === 4);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['success', 'error', 'error', 'idle']);
    await refusal(ask(clone, 'm'));
  });

  it.each([
    [{ maxUsd: 0 }, 'limits.maxUsd'],
    [{ maxUsd: 4e-10 }, 'limits.maxUsd must be dollars from 1e-9'],
    [{ maxUsd: Number.NaN }, 'limits.maxUsd'],
    [{ maxTokens: 1.5 }, 'limits.maxTokens'],
    [{ maxCalls: -1 }, 'limits.maxCalls'],
    [{ maxToolCalls: '3' }, 'limits.maxToolCalls'],
    [{ maxMs: Number.POSITIVE_INFINITY }, 'limits.maxMs'],
    [{ maxCals: 1 }, 'limits.maxCals'],
    [{ id: '' }, 'limits.id'],
    [{ onLimit: true }, 'limits.onLimit'],
    [null, 'limits must'],
  ])('is never reached with %j, which is no limit', async (limits, path) => {
    const { gateway } = await stage({});
    expect(() => gateway.for(caller, limits as never)).toThrow(path);
    expect(() => gateway.run(caller, () => 1, limits as never)).toThrow(path);
    expect(gateway.control.runs()).toEqual([]);
  });
});
