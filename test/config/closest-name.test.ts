import { expect, test } from 'vitest';
import { closestNames } from '../../src/core/closest-name.ts';

test.each([
  ['limits', ['limit', 'window'], ['limit']],
  ['wieghted', ['weighted', 'priority'], ['weighted']],
  ['apikey', ['apiKey'], ['apiKey']],
  ['gpt-5-mni', ['gpt-5-mini', 'gpt-5-nano', 'claude'], ['gpt-5-mini', 'gpt-5-nano']],
  ['fats', ['fast', 'fat', 'cats'], ['fast', 'fat']],
  ['zzz', ['fast', 'smart'], []],
  ['', ['fast'], []],
])('%j is close to those of %j that are', (name, candidates, closest) => {
  expect(closestNames(name, candidates, 2)).toEqual(closest);
});

test('a name of absurd length is close to nothing, at once', () => {
  expect(closestNames('x'.repeat(1_000_000), ['x'.repeat(1_000_000)], 1)).toEqual([]);
});

test('of many names the first thousand of about its length are looked at', () => {
  const short = Array.from({ length: 1000 }, (_, place) => `m${place}`);
  const alike = Array.from({ length: 1000 }, (_, place) => `model-${1000 + place}`);
  expect(closestNames('reranker-9', [...short, 'reranker-8'], 1)).toEqual(['reranker-8']);
  expect(closestNames('reranker-9', [...alike, 'reranker-8'], 1)).toEqual([]);
});
