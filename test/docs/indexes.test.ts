import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { INDEXES, routingDoc } from '../../scripts/indexes.ts';
import { storeTypes } from '../../src/config/stores/index.ts';
import { PROVIDER_TYPES, providerTypes } from '../../src/providers/types/index.ts';
import { routingStrategies, STRATEGY_NAMES } from '../../src/routing/strategies/index.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('the indexes that are made from the files beside them', () => {
  it.each(INDEXES)('$folder is current: `npm run generate` writes the same', ({ folder, write }) => {
    expect(read(`${folder}/index.ts`)).toBe(write());
  });

  it('give the page of routing its table', () => {
    expect(read('docs/routing.md')).toBe(routingDoc(read('docs/routing.md')));
    expect([...read('docs/routing.md').matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name)).toEqual(
      expect.arrayContaining([...STRATEGY_NAMES]),
    );
  });

  it('have what is named like its file', () => {
    expect(providerTypes.map(({ type }) => type)).toEqual([...PROVIDER_TYPES]);
    expect([...routingStrategies.keys()]).toEqual([...STRATEGY_NAMES]);
    expect(storeTypes.map(({ type, form }) => form.includes(`type: '${type}'`))).toEqual(storeTypes.map(() => true));
  });

  it('hold no other name twice, and none that is a type', () => {
    const names = providerTypes.flatMap(({ otherNames = [] }) => otherNames);
    expect(names.filter((name) => names.indexOf(name) !== names.lastIndexOf(name))).toEqual([]);
    expect(names.filter((name) => PROVIDER_TYPES.some((type) => type === name))).toEqual([]);
  });
});
