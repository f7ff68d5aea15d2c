import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const page = readFileSync(new URL('../../docs/translation.md', import.meta.url), 'utf8');
const sources = new URL('../../src/providers/', import.meta.url);

/** The numbered facts: how many each letter has. */
const FACTS: Readonly<Record<string, readonly number[]>> = {
  M: upTo(13),
  I: upTo(8),
  S: upTo(10),
  C: upTo(6),
  T: upTo(17),
  R: upTo(8),
  Z: [...upTo(13), 20, 21, 22, 23, 24],
  P: upTo(4),
  U: upTo(11),
  F: upTo(6),
  X: upTo(18),
  E: upTo(4),
  N: upTo(16),
  B: [9],
  V: upTo(5),
};

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

const rows = page.split('\n').flatMap((line) => {
  const [, id, , state, where] = /^\| ([A-Z]\d+) \| ([^|]+) \| (\w+) \| ([^|]+) \|$/.exec(line) ?? [];
  return id === undefined ? [] : [{ id, state: state ?? '', where: where ?? '' }];
});

describe('the page of translations', () => {
  it('has a row for every fact, once', () => {
    const facts = Object.entries(FACTS).flatMap(([letter, numbers]) => numbers.map((number) => `${letter}${number}`));
    expect(rows.map(({ id }) => id).toSorted()).toEqual(facts.toSorted());
  });

  it('says of each what became of it, and why where it is not done', () => {
    expect(rows.filter(({ state }) => !['done', 'part', 'not'].includes(state))).toEqual([]);
    expect(rows.filter(({ state, where }) => state !== 'done' && where.length < 15)).toEqual([]);
  });

  it('names files that are there', () => {
    const files = [...page.matchAll(/`([a-z]+\/[a-z-]+\.ts)`/g)].map(([, file]) => file ?? '');
    expect(files.length).toBeGreaterThan(15);
    expect(files.filter((file) => !existsSync(new URL(file, sources)))).toEqual([]);
  });
});
