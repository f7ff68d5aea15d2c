import { dirname, resolve } from 'node:path';
import { entriesOf, fieldOf, textsOf } from '../../config/containers.ts';
import type { Draft } from './draft.ts';

/** The file with what it includes, by paths beside it (https://docs.litellm.ai/docs/proxy/config_management). */
export function withIncluded(file: object, path: string, read: (path: string) => object, draft: Draft): object {
  return included(file, { path: resolve(path), read, draft, seen: new Set([resolve(path)]) });
}

interface Including {
  readonly path: string;
  readonly read: (path: string) => object;
  readonly draft: Draft;
  readonly seen: Set<string>;
}

function included(file: object, including: Including): object {
  const { include, ...own } = Object.fromEntries(entriesOf(file));
  const merged = new Map(Object.entries(own));
  for (const name of textsOf(include)) {
    const path = resolve(dirname(including.path), name);
    if (including.seen.has(path)) continue;
    including.seen.add(path);
    const further = included(including.read(path), { ...including, path });
    for (const [section] of entriesOf(further)) add(merged, section, fieldOf(further, section), { name, draft: including.draft });
  }
  return Object.fromEntries(merged);
}

/** Lists go on; of anything else that both have, the file that includes is kept. */
function add(merged: Map<string, unknown>, section: string, value: unknown, from: { name: string; draft: Draft }): void {
  const own = merged.get(section);
  if (own === undefined || own === null) merged.set(section, value);
  else if (Array.isArray(own) && Array.isArray(value)) merged.set(section, [...own, ...value]);
  else from.draft.note(section, `is in ${from.name} too, which is left out: join the two by hand`);
}
