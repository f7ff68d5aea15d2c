import { describe, expect, it } from 'vitest';
import { eventsOf, stage } from '../budgets/stage.ts';
import { bodyOf, failureOf } from '../public/harness.ts';
import { completion } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { denies, guardedCall, guardPlan, guardsOf, PERSONAL_DATA } from './cases.ts';

const MAIL = 'joe@example.com';
const messages = [{ role: 'user' as const, content: `the Falcon of ${MAIL}` }];
const falcon = { name: 'falcon', on: 'both', mode: 'block', use: 'pattern', deny: 'Falcon', match: { model: 'cheap' } } as const;
const people = { name: 'people', on: 'both', mode: 'redact', use: 'personal-data', match: { model: 'cheap' } } as const;
const params = { model: 'm', messages };

function repeat(exchange: FaultExchange): Promise<void> {
  const { messages: sent } = bodyOf(exchange) as { messages: { content: string }[] };
  return exchange.answer(200, completion(`I ${sent[0]?.content}`));
}

describe('a guard of one model', () => {
  const dear = { name: 'dear', match: { model: 'm' }, limit: { usd: 0.000_001 }, window: 'day' } as const;
  const budgets = [{ ...dear, onExceed: 'downgrade', downgradeTo: 'cheap' }] as const;

  it('is for calls that a budget leads to it', async () => {
    const { gateway, server } = await stage({ guards: [falcon], budgets }, repeat);
    expect(await failureOf(gateway.chat.completions.create(params))).toMatchObject({ code: 'content_blocked', guard: 'falcon' });
    expect(server.requests).toHaveLength(0);
  });

  it('hides from it what the model before might have seen, beside what that one is kept from', async () => {
    const words = { name: 'words', on: 'both', mode: 'redact', use: 'pattern', deny: 'Falcon' } as const;
    const { gateway, sent } = await stage({ guards: [words, people], budgets }, repeat);
    const answer = await gateway.chat.completions.create(params);
    expect(sent()).toMatchObject([{ model: 'cheap', messages: [{ content: 'the [PATTERN_1] of [EMAIL_1]' }] }]);
    expect(answer.choices[0]?.message.content).toBe(`I the Falcon of ${MAIL}`);
  });

  it('is for calls that may fall back to it, before anybody is asked', async () => {
    const models = {
      m: { deployments: ['one/m'], fallbacks: ['other'] },
      other: { deployments: ['two/m'], fallbacks: ['cheap'] },
    };
    const { gateway, server, sent } = await stage(
      { guards: [people], models: { ...models, cheap: ['one/cheap'] } },
      (exchange) => (bodyOf(exchange).model === 'm' ? exchange.answer(500, {}) : repeat(exchange)),
    );
    const answer = await gateway.chat.completions.create(params);
    expect(answer.choices[0]?.message.content).toBe(`I the Falcon of ${MAIL}`);
    expect(sent().at(-1)?.model).toBe('cheap');
    expect(server.requests.map(({ body }) => body.toString()).join()).not.toContain(MAIL);
  });

  it('is not for calls that never come to it', async () => {
    const { gateway, sent } = await stage({ guards: [people, falcon] }, repeat);
    await gateway.chat.completions.create(params);
    expect(sent()).toMatchObject([{ messages }]);
  });
});

describe('what a guard cannot read', () => {
  const call = () => guardedCall({ input: [1, 2] }, { operation: 'embeddings' });

  it('is refused also by one that redacts, whatever it does when it fails', async () => {
    const { guards } = await guardsOf([guardPlan({ use: PERSONAL_DATA, mode: 'redact', whenItFails: 'allow' })], call());
    expect(await guards.guardInput()).toMatchObject({ action: 'block', error: { findings: [{ kind: 'unreadable' }] } });
  });

  it('passes one that flags, which tells of it once', async () => {
    const { gateway } = await stage({ guards: [{ name: 'flags', on: 'output', mode: 'flag', use: 'secrets' }] }, (exchange) =>
      exchange.answer(200, Buffer.from('sound'), { 'content-type': 'audio/mpeg' }),
    );
    const flags = eventsOf(gateway, 'guard.flag');
    const speech = await gateway.audio.speech.create({ model: 'm', voice: 'alloy', input: 'hi' });
    expect(Buffer.from(await speech.arrayBuffer()).toString()).toBe('sound');
    expect(flags).toMatchObject([{ guard: 'flags', on: 'output', findings: [{ kind: 'unreadable', count: 1 }] }]);
  });

  it('is an answer that is asked for later, if originals would have to be put back', async () => {
    const background = { model: 'm', input: `write to ${MAIL}`, background: true };
    const at = (plan: Parameters<typeof guardPlan>[0]) =>
      guardsOf([guardPlan(plan)], guardedCall(background, { operation: 'responses' }));
    const outcome = async (plan: Parameters<typeof guardPlan>[0]) => (await at(plan)).guards.guardInput();
    const refused = {
      action: 'block',
      error: { findings: [{ kind: 'unreadable', count: 1 }], message: expect.stringContaining('background') },
    };
    expect(await outcome({ use: PERSONAL_DATA, mode: 'redact', on: 'input' })).toMatchObject(refused);
    // The call that asks for it is of another operation.
    const narrow = { use: denies('Falcon'), on: 'output', match: { operation: ['responses'] } } as const;
    expect(await outcome(narrow)).toMatchObject(refused);
    expect(await outcome({ use: denies('Falcon') })).toMatchObject({ action: 'pass' });
  });
});

describe('placeholders of a later turn', () => {
  it('are none of those that the provider keeps from an earlier one', async () => {
    const placeholderIn = async (turn: object) => {
      const call = guardedCall({ input: MAIL, ...turn }, { operation: 'responses' });
      const { guards } = await guardsOf([guardPlan({ use: PERSONAL_DATA, mode: 'redact', on: 'input' })], call);
      const verdict = await guards.guardInput();
      if (verdict.action === 'block') throw verdict.error;
      const text = String(verdict.params.input);
      expect(await guards.guardAnswer({ output: [{ content: [{ text }] }] })).toMatchObject({
        answer: { output: [{ content: [{ text: MAIL }] }] },
      });
      return text;
    };
    const turns = [{}, { previous_response_id: 'resp_1' }, { previous_response_id: 'resp_2' }, { conversation: 'conv_1' }];
    const placeholders: string[] = [];
    for (const turn of turns) placeholders.push(await placeholderIn(turn));
    expect(placeholders[0]).toBe('[EMAIL_1]');
    expect(new Set(placeholders).size).toBe(4);
    expect(await placeholderIn({ previous_response_id: 'resp_1' })).toBe(placeholders[1]);
  });
});
