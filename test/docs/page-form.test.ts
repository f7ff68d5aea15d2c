import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../../docs/${path}`, import.meta.url), 'utf8');

/** The pages that `docs/README.md` lists as features, and the two of its start that are features too. */
const [, features = ''] = read('README.md').split(/^## Features$/m);
const [listed = ''] = features.split(/^## /m);
const PAGES = [...listed.matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, page = '']) => page);
// Figures alone.
const FEATURES = [...PAGES.filter((page) => page !== 'performance.md'), 'testing.md', 'serverless.md'];

/** Headings of the second level, with what stands below each; code has none. */
function sectionsOf(page: string): ReadonlyMap<string, string> {
  const sections = new Map<string, string>();
  let [heading, isCode] = ['', false];
  for (const line of read(page).split('\n')) {
    if (line.startsWith('```')) isCode = !isCode;
    if (!isCode && line.startsWith('## ')) heading = line.slice('## '.length);
    else sections.set(heading, `${sections.get(heading) ?? ''}${line}\n`);
  }
  return sections;
}

describe.each(FEATURES)('docs/%s', (page) => {
  const sections = sectionsOf(page);
  const headings = [...sections.keys()];

  it('says first what the feature is, and then how to use it', () => {
    expect(sections.get('')).toMatch(/^# .+\n\n\S/);
    expect(headings[1]).toBe('Use');
    expect(sections.get('Use')).toMatch(/^```|\| `/m);
  });

  it.each(['Defaults', 'Events', 'Picture'])('has %s', (heading) => {
    expect(sections.get(heading)?.trim()).toBeTruthy();
  });

  it('ends with what not to do', () => {
    expect(headings.at(-1)).toBe('What not to do');
    expect(sections.get('What not to do')).toMatch(/^- Do not /m);
  });
});
