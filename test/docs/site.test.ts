import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { documentAddress, documentName } from '../../scripts/document-names.ts';
import { llmsText } from '../../scripts/llms.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { projectDocuments, plugin } = JSON.parse(readFileSync(`${root}typedoc.json`, 'utf8')) as {
  projectDocuments: string[];
  plugin: string[];
};
const matched = projectDocuments.flatMap((pattern) => globSync(pattern, { cwd: root }));

describe('the site of the docs', () => {
  it('has every page once, under a name of its own', () => {
    expect(plugin.filter((path) => !existsSync(`${root}${path}`))).toEqual([]);
    const names = matched.map(documentName);
    expect(names).toHaveLength(new Set(names).size);
    expect(names.filter((name) => /README/.test(name))).toEqual([]);
  });

  it('has every page that llms.txt leads to', () => {
    const pages = new Set(matched.map(documentAddress));
    const links = [...llmsText().matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path = '']) => path);
    expect(links.length).toBeGreaterThan(30);
    expect(links.filter((link) => !pages.has(link))).toEqual([]);
  });
});
