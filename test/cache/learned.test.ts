import { describe, expect, it } from 'vitest';
import type { KeptAnswer } from '../../src/cache/kept-answer.ts';
import { ResponseCache } from '../../src/cache/response-cache.ts';
import type { Call } from '../../src/core/call.ts';
import { testClock } from '../../src/testing/test-clock.ts';
import { asking, callOf, chatAnswer, FACTS, keptOf } from './calls.ts';

const LEARNED = {
  model: 'embed',
  threshold: 0,
  maxErrorRate: 0.1,
  gate: false,
  maxEntries: 100,
  conversations: false,
  tools: false,
};
const cachePlan = { semantic: LEARNED };

/** By the number in a question: 0 is the first, others are near it; above 100 they are nowhere near. */
const embed = async (text: string) => {
  const number = Number(/\d+/.exec(text)?.[0] ?? 0);
  return number > 100 ? [0, 0, 1] : [1, number / 200, 0];
};

function learning(random: () => number = () => 0.5, clock = testClock()) {
  const cache = new ResponseCache({ clock, embed, random });
  /** Asked as a caller would: the answer from the cache, or undefined if a provider was asked, which says `fresh`. */
  const ask = async (call: Call, fresh: string | Record<string, unknown>): Promise<KeptAnswer | undefined> => {
    const recall = await cache.recall(call);
    if (recall?.kind === 'kept') return recall.answer;
    const body = typeof fresh === 'string' ? chatAnswer(fresh) : fresh;
    recall?.lead.remember({ kind: 'object', body }, FACTS);
    return undefined;
  };
  const question = (number: number, overrides = {}) => asking(`question ${number}`, { cachePlan, ...overrides });
  return { cache, ask, question, clock };
}

/** The first question and six near it, all asked anew, with these answers. */
async function taught(stage: ReturnType<typeof learning>, ...answers: string[]) {
  const texts = ['Paris', ...answers];
  for (let number = 0; number < 7; number += 1)
    expect(await stage.ask(stage.question(number), texts[number] ?? texts.at(-1) ?? '')).toBeUndefined();
}

describe('a threshold that each kept answer learns', () => {
  it('gives the answer once enough questions near it had the same, however these were written', async () => {
    const stage = learning();
    await taught(stage, 'paris', 'Paris.', ' Paris ', 'PARIS', 'Paris');
    const kept = await stage.ask(stage.question(7), 'never asked');
    expect(kept?.json()).toContain('Paris');
    expect(kept?.use.similarity).toBeGreaterThan(0.99);
  });

  it('gives none where those questions had other answers', async () => {
    const stage = learning();
    await taught(stage, 'Rome', 'Oslo', 'Lima', 'Cairo', 'Quito', 'Riga');
    expect(await stage.ask(stage.question(7), 'Seoul')).toBeUndefined();
  });

  it('asks anew as often as the bound wants, by the random that it is given', async () => {
    const draws = [0.999, 0.5];
    const stage = learning(() => draws.shift() ?? 0);
    await taught(stage, 'Paris');
    expect(await stage.ask(stage.question(7), 'Paris')).toBeUndefined();
    expect(await stage.ask(stage.question(8), 'Paris')).toBeDefined();
  });

  it('says how near a question was that is asked anew', async () => {
    const stage = learning();
    await stage.ask(stage.question(0), 'Paris');
    const recall = await stage.cache.recall(stage.question(3));
    expect(recall?.kind === 'lead' && recall.lead.similarity).toBeGreaterThan(0.99);
  });

  it('is not held to answer what is nowhere near', async () => {
    const stage = learning();
    await taught(stage, 'Paris');
    expect(await stage.ask(stage.question(101), 'else')).toBeUndefined();
  });

  it('compares no question that the gate of content keeps apart', async () => {
    const stage = learning();
    const gated = { cachePlan: { semantic: { ...LEARNED, gate: true } } };
    for (let number = 0; number < 9; number += 1) {
      const recall = await stage.cache.recall(stage.question(number, gated));
      expect(recall?.kind === 'lead' && recall.lead.similarity).toBeUndefined();
      if (recall?.kind === 'lead') recall.lead.remember({ kind: 'object', body: chatAnswer('Paris') }, FACTS);
    }
  });

  it('learns from streams', async () => {
    const { cache, question } = learning();
    for (let number = 0; number < 7; number += 1) {
      const recall = await cache.recall(question(number, { stream: true }));
      if (recall?.kind !== 'lead') throw new Error('expected a lead');
      const recorder = recall.lead.record(undefined);
      for (const [content, finish] of [['Pa'], ['ris'], [undefined, 'stop']] as const)
        recorder.add({
          id: 'c',
          object: 'chat.completion.chunk',
          created: 1,
          model: 'gpt',
          choices: [{ index: 0, delta: { content }, finish_reason: finish ?? null }],
        });
      recall.lead.rememberStream(recorder, FACTS);
    }
    expect((await keptOf(cache, question(7)))?.json()).toContain('Paris');
  });

  it('learns nothing from what may not be kept', async () => {
    const stage = learning();
    await stage.ask(stage.question(0), 'Paris');
    const cut = { ...chatAnswer('Paris'), choices: [{ index: 0, finish_reason: 'content_filter', message: {} }] };
    for (let number = 1; number < 9; number += 1) expect(await stage.ask(stage.question(number), cut)).toBeUndefined();
  });

  it('begins again if the question itself gets another answer, and only then', async () => {
    const stage = learning();
    await taught(stage, 'Paris');
    const refresh = { cache: { kind: 'use', refresh: true } };
    stage.clock.advance(1_000);
    await stage.ask(stage.question(0, refresh), 'Paris');
    expect(await stage.ask(stage.question(8), 'x')).toBeDefined();
    stage.clock.advance(1_000);
    await stage.ask(stage.question(0, refresh), 'Rome');
    expect(await stage.ask(stage.question(9), 'Rome')).toBeUndefined();
  });

  it('is forgotten with the answer, and another takes its place', async () => {
    const stage = learning();
    await taught(stage, 'Paris');
    stage.clock.advance(60_000);
    for (let number = 10; number < 17; number += 1) expect(await stage.ask(stage.question(number), 'Rome')).toBeUndefined();
    expect((await stage.ask(stage.question(20), 'x'))?.json()).toContain('Rome');
  });

  it('tells answers apart by the tools that they call, not by ids', async () => {
    const called = (id: string, city: string) => ({
      ...chatAnswer(''),
      choices: [
        {
          index: 0,
          finish_reason: 'tool_calls',
          message: {
            role: 'assistant',
            content: null,
            tool_calls: [{ id, type: 'function', function: { name: 'weather', arguments: `{"city":"${city}"}` } }],
          },
        },
      ],
    });
    const same = learning();
    for (let number = 0; number < 7; number += 1) await same.ask(same.question(number), called(`call_${number}`, 'Paris'));
    expect(await same.ask(same.question(7), 'x')).toBeDefined();
    const others = learning();
    for (let number = 0; number < 7; number += 1) await others.ask(others.question(number), called('call', `city ${number}`));
    expect(await others.ask(others.question(7), 'x')).toBeUndefined();
  });

  it('works for Responses, whose reasoning and ids make no difference', async () => {
    const stage = learning();
    const answer = (number: number) => ({
      id: `resp_${number}`,
      object: 'response',
      status: 'completed',
      output: [
        { type: 'reasoning', id: `rs_${number}`, summary: [{ type: 'summary_text', text: `thought ${number}` }] },
        {
          type: 'message',
          id: `msg_${number}`,
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: 'Paris', annotations: [] }],
        },
      ],
    });
    const call = (number: number) =>
      callOf({
        cachePlan,
        operation: 'responses',
        params: { model: 'fast', input: `question ${number}`, store: false },
      });
    for (let number = 0; number < 7; number += 1) expect(await stage.ask(call(number), answer(number))).toBeUndefined();
    expect(await stage.ask(call(7), answer(7))).toBeDefined();
  });
});
