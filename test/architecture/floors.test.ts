import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
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

/** The line of a call has floors of its own: a step knows those before it. A file that is no room stands on its own floor. */
const FLOORS_OF_THE_LINE: readonly string[] = [
  'runtime.ts',
  'record',
  'active-call.ts',
  'reading',
  'admission',
  'candidates',
  'attempts',
  'delivery',
  'run.ts',
  'preview.ts',
];

/** Entry points of their own: they use the library only through its types and what it exports. */
const ENTRY_POINTS = ['testing', 'dashboard', 'otel', 'log'];

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

/** The room inside the line, or the file that stands there by itself. */
function stepOf(file: string): string {
  return file.split('/')[1] ?? file;
}

function exportsItsName(file: string): boolean {
  const text = readFileSync(join(source, file), 'utf8');
  const exported = text.matchAll(/^export (?:async )?(?:abstract )?(?:function|class|interface|type|const) (\w+)/gm);
  return [...exported].some(([, name = '']) => `${toKebab(name)}.ts` === basename(file));
}

/** A file of one function, class or constant says it by its name; types that belong to it may say it too. */
function saysItsOnlyExport(file: string): boolean {
  const exported = [
    ...readFileSync(join(source, file), 'utf8').matchAll(
      /^export (?:async )?(?:abstract )?(function\*?|class|const|interface|type) (\w+)/gm,
    ),
  ];
  const values = exported.filter(([, kind = '']) => kind !== 'interface' && kind !== 'type');
  if (values.length !== 1 || exported.length > 3) return true;
  const said = wordsOf(basename(file, '.ts'));
  return exported.some(([, , name = '']) => said.every((word) => wordsOf(toKebab(name)).includes(word)));
}

/** In the singular. */
function wordsOf(kebab: string): string[] {
  return kebab.split(/[-_]/).map((word) => (/[^s]s$/.test(word) ? word.slice(0, -1) : word));
}

function toKebab(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase();
}

/** Lists of cases for users' own stores and providers are as long as they have cases. */
function longFunctionsOf(file: string): string[] {
  if (roomOf(file) === 'testing') return [];
  const tree = ts.createSourceFile(file, readFileSync(join(source, file), 'utf8'), ts.ScriptTarget.Latest, true);
  const long: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) {
      const [first, last] = [node.getStart(tree), node.end].map((at) => tree.getLineAndCharacterOfPosition(at).line);
      if (Number(last) - Number(first) >= 60) long.push(`${file}:${Number(first) + 1}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return long;
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

  it('are left downward only inside the line of a call, types included', () => {
    const floorIn = (file: string) => FLOORS_OF_THE_LINE.indexOf(stepOf(file));
    const homeless = files.filter((file) => roomOf(file) === 'pipeline' && floorIn(file) < 0);
    // What all calls share has the calls under way among it, and each of them has what all share.
    const up = imports.filter(({ from, to, typeOnly }) => {
      const isShared = typeOnly && from === 'pipeline/runtime.ts' && to === 'pipeline/record/calls-under-way.ts';
      if (isShared || roomOf(from) !== 'pipeline' || roomOf(to) !== 'pipeline') return false;
      return stepOf(from) !== stepOf(to) && floorIn(to) >= floorIn(from);
    });
    expect([...homeless, ...up.map(({ from, to }) => `${from} -> ${to}`)]).toEqual([]);
  });

  it('name the files of the line after what they export', () => {
    const unnamed = files.filter((file) => roomOf(file) === 'pipeline' && !exportsItsName(file));
    expect(unnamed).toEqual([]);
  });

  it('name each file of one export after it', () => {
    const unnamed = files.filter((file) => basename(file) !== 'index.ts' && !saysItsOnlyExport(file));
    expect(unnamed).toEqual([]);
  });

  it('hold functions of at most 60 lines', () => {
    expect(files.flatMap(longFunctionsOf)).toEqual([]);
  });

  it('have no circle of imports, types included', () => {
    const graph = new Map<string, string[]>();
    for (const edge of imports) graph.set(edge.from, [...(graph.get(edge.from) ?? []), edge.to]);
    expect(findCircle(graph)).toEqual([]);
  });

  it('leave the native wires to who asks for one', () => {
    const isNative = (file: string) => /^providers\/(?:anthropic|bedrock|cohere|google)\//.test(file);
    const early = imports.filter(({ from, to, typeOnly }) => isNative(to) && !isNative(from) && !typeOnly);
    expect(early.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it('leave what a gateway works by to who constructs one', () => {
    const early = imports.filter(({ from, to }) => to === 'gateway/gateway-code.ts' && from !== 'gateway.ts');
    expect(early.map(({ from }) => from)).toEqual([]);
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
