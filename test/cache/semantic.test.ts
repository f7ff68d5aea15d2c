import { describe, expect, it } from 'vitest';
import { ResponseCache } from '../../src/cache/response-cache.ts';
import { passesContentGate } from '../../src/cache/semantic/content-gate.ts';
import { testClock } from '../../src/testing/test-clock.ts';
import { asking, callOf, chatAnswer, FACTS, keptOf, leadOf } from './calls.ts';
import { mustHit, mustMiss, trigramVector } from './question-pairs.ts';

const SEMANTIC = { model: 'embed', threshold: 0.5, gate: true, maxEntries: 100, conversations: false, tools: false };
const cachePlan = { semantic: SEMANTIC };

function semanticCache(embed = async (text: string) => trigramVector(text)): ResponseCache {
  return new ResponseCache({ clock: testClock(), embed });
}

describe('the gate of content', () => {
  it('lets no pair through that asks for something else', () => {
    const passed = mustMiss().filter(({ one, other }) => passesContentGate(one, other) || passesContentGate(other, one));
    expect(passed).toEqual([]);
  });

  it('lets pairs through that are only put otherwise', () => {
    expect(mustHit().filter(({ one, other }) => !passesContentGate(one, other))).toEqual([]);
  });
});

describe('a question that means the same', () => {
  it('has the answer of the first, and says how close it was', async () => {
    const cache = semanticCache();
    const first = asking('What is the capital of France?', { cachePlan });
    (await leadOf(cache, first)).remember({ kind: 'object', body: chatAnswer('Paris') }, FACTS);
    const kept = await keptOf(cache, asking("what's the capital of france", { cachePlan }));
    expect(kept?.json()).toContain('Paris');
    expect(kept?.use.similarity).toBeGreaterThan(0.5);
    expect(await keptOf(cache, asking('What is the capital of Spain?', { cachePlan }))).toBeUndefined();
  });

  it.each([
    ['another caller', { caller: { team: 'other' } }],
    ['another model', { model: 'slow' }],
  ])('is not answered across %s', async (_what, overrides) => {
    const cache = semanticCache();
    (await leadOf(cache, asking('Is tea hot?', { cachePlan }))).remember({ kind: 'object', body: chatAnswer('yes') }, FACTS);
    expect(await keptOf(cache, asking('is tea hot', { cachePlan, ...overrides }))).toBeUndefined();
    expect(await keptOf(cache, asking('is tea hot', { cachePlan }))).toBeDefined();
  });

  it.each([
    ['tools', { tools: [{ type: 'function', function: { name: 'f' } }] }],
    [
      'a history',
      {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: 'b' },
          { role: 'user', content: 'c' },
        ],
      },
    ],
    ['an image', { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:' } }] }] }],
  ])('is not compared with %s', async (_what, params) => {
    const asked: string[] = [];
    const cache = semanticCache(async (text) => {
      asked.push(text);
      return trigramVector(text);
    });
    const messages = [{ role: 'user', content: 'c' }];
    expect(await leadOf(cache, callOf({ cachePlan, params: { messages, ...params } }))).toBeDefined();
    expect(asked).toEqual([]);
  });

  it('is asked anew if the embedding fails', async () => {
    const cache = semanticCache(() => Promise.reject(new Error('over budget')));
    expect(await leadOf(cache, asking('hi', { cachePlan }))).toBeDefined();
  });
});
