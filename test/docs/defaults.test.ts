import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planCache } from '../../src/config/plan/cache.ts';
import { planTurnMemory } from '../../src/config/plan/turn-memory.ts';

const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');

/** The numbers and switches that a section of the page tells as defaults. */
function told(section: string): Record<string, number | boolean | undefined> {
  const [, text = ''] = page.split(`\n## \`${section}\`\n`);
  const rows = [...(text.split('\n## ')[0] ?? '').matchAll(/^\| `(\w+)` \|.*?[^\\]\| ([^|]*) \|/gm)];
  return Object.fromEntries(
    rows.map(([, name = '', value = '']) => [name, defaultIn(value)] as const).filter(([, value]) => value !== undefined),
  );
}

/** `67 108 864 (64 MiB)` is a number. */
function defaultIn(text: string): number | boolean | undefined {
  if (text === 'true' || text === 'false') return text === 'true';
  const [number = ''] = /^\d[\d ]*(?:\.\d+)?(?= \(|$)/.exec(text) ?? [];
  return number === '' ? undefined : Number(number.replaceAll(' ', ''));
}

describe('the defaults that stand in comments of the configuration', () => {
  const cache = planCache({ ttl: '1h', mode: 'semantic', semantic: { model: 'embedding' } });

  it.each([
    ['cache', cache, 5],
    ['cache.semantic', cache?.semantic, 5],
    ['turnMemory', planTurnMemory(undefined), 3],
  ])('of %s are those that the library uses', (section, plan, count) => {
    const defaults = told(section);
    expect(Object.keys(defaults)).toHaveLength(count);
    expect(plan).toMatchObject(defaults);
  });
});
