import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { INDEXES, TABLES, withTable } from '../../scripts/indexes.ts';
import { guardTypes } from '../../src/config/guards/index.ts';
import { storeTypes } from '../../src/config/stores/index.ts';
import { readyMadeGuards } from '../../src/guards/ready/index.ts';
import { PROVIDER_TYPES, providerTypes } from '../../src/providers/types/index.ts';
import { routingStrategies, STRATEGY_NAMES } from '../../src/routing/strategies/index.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('the indexes that are made from the files beside them', () => {
  it.each(INDEXES)('$path is current: `npm run generate` writes the same', ({ path, write }) => {
    expect(read(path)).toBe(write());
  });

  it.each(TABLES)('give $page its table of $name: `npm run generate` writes the same', (table) => {
    expect(read(table.page)).toBe(withTable(table, read(table.page)));
  });

  it.each([
    ['docs/routing.md', STRATEGY_NAMES],
    ['docs/guards.md', guardTypes.map(({ use }) => use)],
  ])('have a row in %s for each', (page, names) => {
    expect([...read(page).matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name)).toEqual(expect.arrayContaining([...names]));
  });

  it('have what is named like its file', () => {
    expect(providerTypes.map(({ type }) => type)).toEqual([...PROVIDER_TYPES]);
    expect([...routingStrategies.keys()]).toEqual([...STRATEGY_NAMES]);
    expect([...readyMadeGuards.keys()]).toEqual(guardTypes.map(({ use }) => use));
    expect(storeTypes.map(({ type, form }) => form.includes(`type: '${type}'`))).toEqual(storeTypes.map(() => true));
  });

  it('hold no other name twice, and none that is a type', () => {
    const names = providerTypes.flatMap(({ otherNames = [] }) => otherNames);
    expect(names.filter((name) => names.indexOf(name) !== names.lastIndexOf(name))).toEqual([]);
    expect(names.filter((name) => PROVIDER_TYPES.some((type) => type === name))).toEqual([]);
  });
});
