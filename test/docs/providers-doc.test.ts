import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { providersDoc } from '../../scripts/providers-doc.ts';
import { vendorFacts } from '../../src/gateway/composition/provider-types.ts';

const docs = new URL('../../docs/', import.meta.url);

const written = await providersDoc();

describe('the page of providers', () => {
  it('is current: scripts/write-providers-doc.ts writes the same', () => {
    expect(readFileSync(new URL('providers.md', docs), 'utf8')).toBe(written);
  });

  it('has a row for every type that the configuration knows', () => {
    const [tables = ''] = written.split('## How they are tested');
    const types = [...tables.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, type]) => type ?? '');
    expect(types.toSorted()).toEqual([...vendorFacts().keys()].toSorted());
    expect(types.length).toBeGreaterThanOrEqual(45);
  });

  it('says of every type whether traffic of it was recorded', () => {
    const [, tests = ''] = written.split('## How they are tested');
    const [recorded = '', silent = ''] = tests.split('By contract only: ');
    const types = [...recorded.matchAll(/^\| `([\w-]+)` \|/gm), ...silent.matchAll(/`([\w-]+)`/g)].map(([, type]) => type ?? '');
    expect(types.toSorted()).toEqual([...vendorFacts().keys()].toSorted());
    expect(recorded).toMatch(/^\| `openai` \| chat \(\d+ whole, \d+ streamed\)/m);
  });

  it('leads to pages that are there', () => {
    const links = [...written.matchAll(/\]\(([\w/-]+\.md)\)/g)].map(([, link]) => link ?? '');
    expect(links.filter((link) => !existsSync(new URL(link, docs)))).toEqual([]);
  });
});
