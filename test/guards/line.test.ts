import { describe, expect, it } from 'vitest';
import { ANSWER_USD, eventsOf, stage } from '../budgets/stage.ts';
import { bodyOf, failureOf } from '../public/harness.ts';
import { completion, streamText } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';

const MAIL = 'joe@example.com';
const messages = [{ role: 'user' as const, content: `write to ${MAIL}` }];
const people = { name: 'people', on: 'input', mode: 'redact', use: 'personal-data' } as const;
const falcon = (on: 'input' | 'output') => ({ name: 'falcon', on, mode: 'block', use: 'pattern', deny: 'Falcon' }) as const;
const budgets = [{ name: 'all', limit: { usd: 1 }, window: 'day' }] as const;

function repeat(exchange: FaultExchange): Promise<void> {
  const { messages: sent } = bodyOf(exchange) as { messages: { content: string }[] };
  return exchange.answer(200, completion(`I ${sent[0]?.content}`));
}

describe('guards in the line of a call', () => {
  it('keep the original from the provider and give it back, whole and streamed', async () => {
    const { gateway, sent } = await stage({ guards: [people] }, (exchange) =>
      bodyOf(exchange).stream ? streamText(exchange, 'to [EM', 'AIL_1', '] now') : repeat(exchange),
    );
    const answer = await gateway.chat.completions.create({ model: 'm', messages });
    expect(answer.choices[0]?.message.content).toBe(`I write to ${MAIL}`);
    let text = '';
    for await (const item of await gateway.chat.completions.create({ model: 'm', messages, stream: true }))
      text += item.choices[0]?.delta.content ?? '';
    expect(text).toBe(`to ${MAIL} now`);
    expect(JSON.stringify(sent())).not.toContain(MAIL);
  });

  it('block what goes in before anything is sent or charged', async () => {
    const { gateway, server, budget } = await stage({ guards: [falcon('input')], budgets });
    const blocks = eventsOf(gateway, 'guard.block');
    const ends = eventsOf(gateway, 'request.end');
    const params = { model: 'm', messages: [{ role: 'user' as const, content: 'Falcon' }] };
    expect(await failureOf(gateway.chat.completions.create(params))).toMatchObject({ status: 400, code: 'content_blocked' });
    const response = await gateway.handler('http://x/v1/chat/completions', { method: 'POST', body: JSON.stringify(params) });
    expect([response.status, await response.json()]).toMatchObject([400, { error: { code: 'content_blocked' } }]);
    expect([server.requests.length, (await budget()).spent.usd]).toEqual([0, 0]);
    expect([blocks.length, ends.map(({ outcome }) => outcome)]).toEqual([2, ['denied', 'denied']]);
  });

  it('block what comes out, which is charged, whole and streamed', async () => {
    const { gateway, budget } = await stage({ guards: [falcon('output')], budgets }, (exchange) =>
      bodyOf(exchange).stream ? streamText(exchange, 'ok Fal', 'con') : exchange.answer(200, completion('Falcon')),
    );
    const ends = eventsOf(gateway, 'request.end');
    const blocked = { code: 'content_blocked' };
    expect(await failureOf(gateway.chat.completions.create({ model: 'm', messages }))).toMatchObject(blocked);
    expect((await budget()).spent.usd).toBeCloseTo(ANSWER_USD, 9);
    let text = '';
    const reading = async () => {
      for await (const item of await gateway.chat.completions.create({ model: 'm', messages, stream: true }))
        text += item.choices[0]?.delta.content ?? '';
    };
    expect(await failureOf(reading())).toMatchObject(blocked);
    expect(text).toBe('ok ');
    expect((await budget()).spent.usd).toBeGreaterThan(ANSWER_USD);
    expect(ends.map(({ outcome }) => outcome)).toEqual(['denied', 'denied']);
  });

  it('ask a contentFilter fallback where the model has one', async () => {
    const models = { m: { deployments: ['one/m'], fallbacks: { contentFilter: ['cheap'] } }, cheap: ['one/cheap'] };
    const { gateway } = await stage({ guards: [falcon('output')], models }, (exchange) =>
      exchange.answer(200, completion(bodyOf(exchange).model === 'm' ? 'Falcon' : 'fine')),
    );
    const answer = await gateway.chat.completions.create({ model: 'm', messages });
    expect(answer.choices[0]?.message.content).toBe('fine');
  });
});
