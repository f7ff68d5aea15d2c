import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configurationDoc } from '../../scripts/configuration-doc.ts';
import { errorsDoc } from '../../scripts/errors-doc.ts';
import { eventsDoc } from '../../scripts/events-doc.ts';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { DEFAULT_HANDLER_LIMITS } from '../../src/core/plan.ts';
import { DEFAULT_RETRY } from '../../src/core/policies.ts';
import { DEFAULT_TIMEOUTS } from '../../src/core/timeouts.ts';
import * as tollgate from '../../src/index.ts';

const docs = new URL('../../docs/', import.meta.url);

describe('the pages of reference', () => {
  it.each([
    ['configuration.md', configurationDoc],
    ['events.md', eventsDoc],
    ['errors.md', errorsDoc],
  ])('%s is current: `npm run generate` writes the same', (page, write) => {
    expect(readFileSync(new URL(page, docs), 'utf8')).toBe(write());
  });

  it('has every option that the JSON Schema has, however deep', () => {
    const page = configurationDoc();
    const rows = [...page.matchAll(/^\| `([\w$]+)` \|/gm)];
    // What has no row of its own stands in the type of another, as a field or as a word.
    const inTypes = [...page.matchAll(/(\w+)\??: |'(\w+)'/g)];
    const told = new Set([...rows, ...inTypes].map(([, name, word]) => name ?? word));
    const missing = [...optionsOf(configJsonSchema())].filter((name) => !told.has(name));
    expect(missing).toEqual([]);
  });

  it.each([
    ['retry', DEFAULT_RETRY],
    ['timeouts', DEFAULT_TIMEOUTS],
    ['handler', DEFAULT_HANDLER_LIMITS],
  ])('tells the defaults of %s that the library uses', (part, defaults) => {
    const [, section = ''] = configurationDoc().split(`## \`${part}\`\n`);
    const told = [...(section.split('\n## ')[0] ?? '').matchAll(/^\| `(\w+)` \|.* \| `([^`|]+)` \| /gm)];
    expect(Object.fromEntries(told.map(([, name, value]) => [name, JSON.parse(value ?? '')]))).toEqual(defaults);
  });

  it("tells the handler's limits, and their defaults, on its own page", () => {
    const page = readFileSync(new URL('handler.md', docs), 'utf8');
    const [, example = ''] = /```yaml\nhandler:\n([^`]*)```/.exec(page) ?? [];
    const told = [...example.matchAll(/^ {2}(\w+): (\d+)$/gm)].map(([, name, value]) => [name, Number(value)]);
    expect(Object.fromEntries(told)).toEqual(DEFAULT_HANDLER_LIMITS);
    const rows = [...page.matchAll(/^\| `(\w+)` \| \d/gm)].map(([, name]) => name);
    expect(rows).toEqual(Object.keys(DEFAULT_HANDLER_LIMITS));
  });

  it('says of every event when it is sent', () => {
    const silent = [...eventsDoc().matchAll(/^## `([\w.]+)`\n\n\|/gm)].map(([, name]) => name);
    expect(silent).toEqual([]);
  });

  it('has a row for every error class of the public entry', () => {
    const classes = Object.keys(tollgate).filter((name) => name.endsWith('Error') && name !== 'UpstreamError');
    const rows = [...errorsDoc().matchAll(/^\| `(\w+Error)` \|/gm)].map(([, name]) => name ?? '');
    expect(rows.toSorted()).toEqual(classes.toSorted());
  });
});

/** Names of properties at any depth of a schema. */
function optionsOf(schema: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(schema)) for (const each of schema) optionsOf(each, found);
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return found;
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') for (const name of Object.keys(value as object)) found.add(name);
    optionsOf(key === 'properties' ? Object.values(value as object) : value, found);
  }
  return found;
}
