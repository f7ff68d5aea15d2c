import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { providersDoc } from '../../scripts/providers-doc.ts';
import { vendorFacts } from '../../src/gateway/composition/provider-types.ts';

const docs = new URL('../../docs/', import.meta.url);

describe('the page of providers', () => {
  it('is current: scripts/write-providers-doc.ts writes the same', () => {
    expect(readFileSync(new URL('providers.md', docs), 'utf8')).toBe(providersDoc());
  });

  it('has a row for every type that the configuration knows', () => {
    const types = [...providersDoc().matchAll(/^\| `([\w-]+)` \|/gm)].map(([, type]) => type ?? '');
    expect(types.toSorted()).toEqual([...vendorFacts.keys()].toSorted());
    expect(types.length).toBeGreaterThanOrEqual(45);
  });

  it('leads to pages that are there', () => {
    const links = [...providersDoc().matchAll(/\]\(([\w/-]+\.md)\)/g)].map(([, link]) => link ?? '');
    expect(links.filter((link) => !existsSync(new URL(link, docs)))).toEqual([]);
  });
});
