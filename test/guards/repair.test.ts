import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { Gateway } from '../../src/gateway.ts';
import { ANSWER_USD, eventsOf, stage } from '../budgets/stage.ts';
import { bodyOf, failureOf, gatewayOf, providersAt, until, upstream } from '../public/harness.ts';
import { completion, streamText } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';

const WRONG = '{"age":"forty"}';
const RIGHT = '{"age":40}';
const schema = { type: 'object', properties: { age: { type: 'number' } }, required: ['age'], additionalProperties: false };
const format = { type: 'json_schema' as const, json_schema: { name: 'person', schema, strict: true } };
const guard = { name: 'schema', on: 'output', mode: 'block', use: 'json-schema', repair: true } as const;
const budgets = [{ name: 'all', limit: { usd: 1 }, window: 'day' }] as const;
const messages = [{ role: 'user' as const, content: 'how old?' }];
const blocked = { code: 'content_blocked', guard: 'schema', findings: [{ kind: 'schema', count: 1 }] };

/** Answers wrong at first, and with `second` once it is told what was wrong. */
function answers(second: string) {
  return (exchange: FaultExchange) => {
    const { messages: sent, stream } = bodyOf(exchange) as { messages: unknown[]; stream?: boolean };
    const text = sent.length > 2 ? second : WRONG;
    return stream ? streamText(exchange, text.slice(0, 5), text.slice(5)) : exchange.answer(200, completion(text));
  };
}

async function whole(gateway: Gateway, options: { signal?: AbortSignal } = {}): Promise<string> {
  const answer = await gateway.chat.completions.create({ model: 'm', messages, response_format: format }, options);
  return answer.choices[0]?.message.content ?? '';
}

async function streamed(gateway: Gateway, options: { signal?: AbortSignal } = {}): Promise<string> {
  let text = '';
  const params = { model: 'm', messages, response_format: format, stream: true } as const;
  const stream = await gateway.chat.completions.create(params, options);
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
  return text;
}

async function response(gateway: Gateway): Promise<string> {
  const text = { format: { type: 'json_schema' as const, name: 'person', schema } };
  return (await gateway.responses.create({ model: 'm', input: 'how old?', text })).output_text;
}

async function streamedResponse(gateway: Gateway): Promise<string> {
  const text = { format: { type: 'json_schema' as const, name: 'person', schema } };
  let pieces = '';
  let told: (string | undefined)[] = [];
  for await (const event of await gateway.responses.create({ model: 'm', input: 'how old?', text, stream: true })) {
    if (event.type === 'response.output_text.delta') pieces += event.delta;
    if (event.type === 'response.output_text.done') told = [...told, event.text];
    if (event.type === 'response.completed')
      told = [...told, JSON.stringify(event.response.output).includes('40') ? RIGHT : WRONG];
  }
  expect(told).toEqual([pieces, pieces]);
  return pieces;
}

const CALLS = { chat: whole, 'a streamed chat': streamed, 'a response': response, 'a streamed response': streamedResponse };

/** Speaks chat alone, so that Responses go over it. */
async function chatOnly(script: (exchange: FaultExchange) => unknown) {
  const server = await upstream(script);
  const one = { type: 'mistral', apiKey: 'k', baseURL: `${server.origin}/v1` } as const;
  return { gateway: gatewayOf({ providers: { one }, models: { m: ['one/m'] }, guards: [guard] }), server };
}

describe('an answer that fails its schema', () => {
  it.each(Object.entries(CALLS))('of %s is made anew once', async (_, call) => {
    const { gateway, server } = await chatOnly(answers(RIGHT));
    expect(await call(gateway)).toBe(RIGHT);
    expect(server.requests).toHaveLength(2);
  });

  it.each(Object.entries(CALLS))('of %s is blocked if the second one fails, too', async (_, call) => {
    const { gateway, server } = await chatOnly(answers('no JSON'));
    expect(await failureOf(call(gateway))).toMatchObject(blocked);
    expect(server.requests).toHaveLength(2);
  });

  it('goes back with what is wrong, after what was said, charged to the caller', async () => {
    const { gateway, sent, budget } = await stage({ guards: [guard], budgets }, answers(RIGHT));
    const repairs = eventsOf(gateway, 'guard.redact');
    const blocks = eventsOf(gateway, 'guard.block');
    expect(await whole(gateway)).toBe(RIGHT);
    expect(sent()[1]?.messages).toMatchObject([
      ...messages,
      { role: 'assistant', content: WRONG },
      { role: 'user', content: expect.stringContaining('/age must be number') },
    ]);
    expect(sent()[1]).toMatchObject({ response_format: format });
    expect((await budget()).spent.usd).toBeCloseTo(2 * ANSWER_USD, 9);
    expect(repairs).toMatchObject([{ guard: 'schema', on: 'output', findings: [{ kind: 'repaired', count: 1 }] }]);
    expect(blocks).toEqual([]);
  });

  it('is not sent back if it is right, or the call asks for no schema', async () => {
    const { gateway, server } = await stage({ guards: [guard] }, (exchange) => exchange.answer(200, completion(RIGHT)));
    await whole(gateway);
    await gateway.chat.completions.create({ model: 'm', messages });
    expect(server.requests).toHaveLength(2);
  });

  it('is blocked if nobody may be asked again', async () => {
    const calls = [{ name: 'all', limit: { requests: 1 }, window: 'day' }] as const;
    const { gateway, server } = await stage({ guards: [guard], budgets: calls }, answers(RIGHT));
    expect(await failureOf(whole(gateway))).toMatchObject(blocked);
    expect(server.requests).toHaveLength(1);
  });

  it('is looked at anew by every guard', async () => {
    const forty = { name: 'forty', on: 'output', mode: 'block', use: 'pattern', deny: '40' } as const;
    const seen: string[] = [];
    const own = {
      name: 'own',
      on: 'output',
      mode: 'flag',
      check: ({ parts }: { parts: readonly { text: string }[] }) => {
        seen.push(...parts.map(({ text }) => text));
        return [];
      },
    } as const;
    const { gateway } = await stage({ guards: [guard, forty, own] }, answers(RIGHT));
    for (const call of [whole, streamed]) expect(await failureOf(call(gateway))).toMatchObject({ guard: 'schema' });
    const passing = await stage({ guards: [guard, own] }, answers(RIGHT));
    seen.length = 0;
    await whole(passing.gateway);
    expect(seen.at(-1)).toBe(RIGHT);
  });

  it('keeps originals from the model in the second question, too', async () => {
    const people = { name: 'people', on: 'input', mode: 'redact', use: 'personal-data' } as const;
    const server = await upstream((exchange) => {
      const { messages: sent } = bodyOf(exchange) as { messages: unknown[] };
      return exchange.answer(200, completion(sent.length > 2 ? '{"age":40}' : '{"to":"[EMAIL_1]"}'));
    });
    const gateway = gatewayOf({ providers: providersAt(server, 'one'), models: { m: ['one/m'] }, guards: [people, guard] });
    const mail = [{ role: 'user' as const, content: 'age of joe@example.com?' }];
    await gateway.chat.completions.create({ model: 'm', messages: mail, response_format: format });
    expect(server.requests).toHaveLength(2);
    expect(server.requests.map(({ body }) => body.toString()).join()).not.toContain('joe@');
  });
});

/** What the second question meets, in place of an answer. */
const MEETS: Readonly<Record<string, (exchange: FaultExchange) => unknown>> = {
  'an error': (exchange) => exchange.answer(400, { error: { message: 'no', type: 'invalid_request_error' } }),
  'a provider that is down': (exchange) => exchange.answer(503, { error: { message: 'down', type: 'server_error' } }),
  'a connection that breaks': (exchange) => exchange.reset(),
  'an answer that is none': (exchange) => exchange.answer(200, 'no JSON'),
  'an answer without a text': (exchange) => exchange.answer(200, completion('', { choices: [] })),
};

const WAYS = { whole, streamed };

/** Answers wrong at first; the second question meets `script`. */
function onceWrong(script: (exchange: FaultExchange) => unknown) {
  return (exchange: FaultExchange) => {
    const { messages: sent, stream } = bodyOf(exchange) as { messages: unknown[]; stream?: boolean };
    if (sent.length > 2) return script(exchange);
    return stream ? streamText(exchange, WRONG) : exchange.answer(200, completion(WRONG));
  };
}

async function repairing(script: (exchange: FaultExchange) => unknown, more: object = {}) {
  const built = await stage({ guards: [guard], budgets, retry: { maxAttempts: 1 }, ...more }, onceWrong(script));
  const ends = eventsOf(built.gateway, 'request.end');
  const blocks = eventsOf(built.gateway, 'guard.block');
  const repairs = eventsOf(built.gateway, 'guard.redact');
  /** How each call ended: the question's own, and the caller's. */
  const outcomes = () => Object.fromEntries(ends.map((end) => [end.requestId === asked() ? 'call' : 'question', end.outcome]));
  const starts = eventsOf(built.gateway, 'request.start');
  const asked = () => starts.find(({ askedFor }) => askedFor === undefined)?.requestId;
  return { ...built, ends, blocks, repairs, outcomes };
}

describe.each(Object.entries(WAYS))('a repair that never comes, of an answer that is %s,', (way, call) => {
  it.each(Object.entries(MEETS))('for %s leaves the first one blocked and charged', async (_, meets) => {
    const { gateway, server, blocks, repairs, outcomes, budget } = await repairing(meets);
    expect(await failureOf(call(gateway))).toMatchObject(blocked);
    expect(server.requests).toHaveLength(2);
    await until(() => Object.keys(outcomes()).length === 2);
    expect(outcomes()).toMatchObject({ call: 'denied' });
    expect([blocks.length, repairs.length]).toEqual([1, 0]);
    const balance = await budget();
    expect(balance.spent.usd).toBeGreaterThanOrEqual(way === 'whole' ? ANSWER_USD - 1e-12 : 0.000_001);
    expect(balance.reserved.usd).toBe(0);
  });

  it('in the time of the guard is given up, and its question with it', async () => {
    const closed: unknown[] = [];
    const hangs = (exchange: FaultExchange) => void exchange.closed.then(() => closed.push(exchange));
    const { gateway, server, clock, outcomes, budget } = await repairing(hangs, { guards: [{ ...guard, timeoutMs: 5_000 }] });
    const failing = failureOf(call(gateway));
    await until(() => server.requests.length === 2);
    await clock.advance(5_000);
    expect(await failing).toMatchObject(blocked);
    await until(() => closed.length === 1 && Object.keys(outcomes()).length === 2);
    expect(outcomes()).toEqual({ call: 'denied', question: 'aborted' });
    expect((await budget()).reserved.usd).toBe(0);
  });

  it('before the deadline of the call ends it there, with both', async () => {
    const { gateway, server, clock, outcomes, blocks, budget } = await repairing(() => {});
    const failing = failureOf(call(gateway.withOptions({ timeout: 2_000 }) as Gateway));
    await until(() => server.requests.length === 2);
    await clock.advance(2_000);
    expect(await failing).toMatchObject({ code: 'deadline_exceeded' });
    await until(() => Object.keys(outcomes()).length === 2);
    expect([outcomes().call, blocks.length]).toEqual(['error', 0]);
    expect((await budget()).reserved.usd).toBe(0);
  });

  it('and whose caller leaves is given up at once', async () => {
    const { gateway, server, outcomes, budget } = await repairing(() => {});
    const controller = new AbortController();
    const failing = failureOf(call(gateway, { signal: controller.signal }));
    await until(() => server.requests.length === 2);
    controller.abort();
    await failing;
    await until(() => Object.keys(outcomes()).length === 2);
    expect(outcomes()).toEqual({ call: 'aborted', question: 'aborted' });
    expect((await budget()).reserved.usd).toBe(0);
  });

  it('does not outlive the gateway', async () => {
    const { gateway, server, outcomes } = await repairing(() => {}, { clock: systemClock });
    const failing = failureOf(call(gateway));
    await until(() => server.requests.length === 2);
    await gateway.close({ deadlineMs: 0 });
    await failing;
    expect(outcomes()).toEqual({ call: 'aborted', question: 'aborted' });
  });
});
