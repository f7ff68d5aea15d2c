import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('../../src/', import.meta.url));

/** Floors from the ground up; a room may import rooms of lower floors and itself. */
const FLOORS: readonly (readonly string[])[] = [
  ['core', 'errors'],
  ['providers', 'transport', 'stores', 'events'],
  ['access', 'guards', 'cache', 'ledger', 'routing', 'failover', 'pacing', 'bridges', 'turn-memory'],
  ['pipeline'],
  ['gateway', 'config', 'cli', 'gateway.ts', 'index.ts'],
];

/** Entry points of their own: they use the library only through its types and what it exports. */
const ENTRY_POINTS = ['testing'];

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const files = (readdirSync(source, { recursive: true }) as string[]).filter((file) => file.endsWith('.ts'));
const imports = files.flatMap(importsOf);

function importsOf(file: string): Import[] {
  const text = readFileSync(join(source, file), 'utf8');
  const found = text.matchAll(/^(?:import|export)\s+(type\s)?(?:[^'";]*?from\s+)?'(\.[^']+)'/gm);
  return [...found].map(([, type, target]) => ({
    from: file,
    to: relative(source, resolve(source, dirname(file), target ?? '')),
    typeOnly: type !== undefined,
  }));
}

function roomOf(file: string): string {
  return file.split('/')[0] ?? file;
}

function floorOf(file: string): number {
  return FLOORS.findIndex((rooms) => rooms.includes(roomOf(file)));
}

describe('the floors of the house', () => {
  it('have a place for every room', () => {
    const homeless = files.filter((file) => floorOf(file) < 0 && !ENTRY_POINTS.includes(roomOf(file)));
    expect(homeless).toEqual([]);
  });

  it('are left downward only, and rooms on one floor stay apart', () => {
    const wrong = imports.filter(({ from, to }) => {
      if (ENTRY_POINTS.includes(roomOf(from)) || roomOf(from) === roomOf(to)) return false;
      // The seam types of floor 0 are made of each other, and the shape of the user's configuration names what it holds.
      if (floorOf(from) === FLOORS.length - 1 || (floorOf(from) === 0 && floorOf(to) === 0)) return floorOf(to) > floorOf(from);
      return floorOf(to) >= floorOf(from);
    });
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it('have no circle of imports, types included', () => {
    const graph = new Map<string, string[]>();
    // The nouns of floor 0 are made of each other: a call has a plan, whose strategies are asked about calls.
    const isSeam = ({ from, to, typeOnly }: Import) => typeOnly && roomOf(from) === 'core' && roomOf(to) === 'core';
    for (const edge of imports) if (!isSeam(edge)) graph.set(edge.from, [...(graph.get(edge.from) ?? []), edge.to]);
    expect(findCircle(graph)).toEqual([]);
  });

  it('leave the native wires to who asks for one', () => {
    const isNative = (file: string) => /^providers\/(?:anthropic|bedrock|cohere|google)\//.test(file);
    const early = imports.filter(({ from, to, typeOnly }) => isNative(to) && !isNative(from) && !typeOnly);
    expect(early.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it('keep the public entry point out of the rooms below', () => {
    expect(imports.filter(({ from, to }) => to === 'index.ts' && !ENTRY_POINTS.includes(roomOf(from)))).toEqual([]);
  });

  it('hold files of at most 300 lines', () => {
    const long = files.filter((file) => readFileSync(join(source, file), 'utf8').split('\n').length > 301);
    expect(long).toEqual([]);
  });
});

function findCircle(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const next of graph.get(file) ?? []) {
      const circle = visit(next, [...path, file]);
      if (circle.length > 0) return circle;
    }
    done.add(file);
    return [];
  };
  for (const file of graph.keys()) {
    const circle = visit(file, []);
    if (circle.length > 0) return circle;
  }
  return [];
}
