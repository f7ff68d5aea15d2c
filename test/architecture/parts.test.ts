import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { assertNoCircle } from '../../scripts/build-parts.ts';

const source = fileURLToPath(new URL('../../src/', import.meta.url));
const files = (readdirSync(source, { recursive: true }) as string[]).filter((file) => file.endsWith('.ts'));

describe('the parts of the package', () => {
  it('may share a part that neither of them is', () => {
    const parts = [
      { fileName: 'calls.js', imports: ['native.js', 'core.js'] },
      { fileName: 'native.js', imports: ['core.js', 'node:crypto'] },
      { fileName: 'core.js', imports: [] },
    ];
    expect(() => assertNoCircle(parts)).not.toThrow();
  });

  it.each([
    ['each other', { 'calls.js': ['native.js'], 'native.js': ['calls.js'] }, 'calls.js > native.js > calls.js'],
    [
      'each other by way of a third',
      { 'calls.js': ['native.js'], 'native.js': ['core.js'], 'core.js': ['calls.js'] },
      'calls.js > native.js > core.js > calls.js',
    ],
  ])('may not import %s', (_what, importsOf, way) => {
    const parts = Object.entries(importsOf).map(([fileName, imports]) => ({ fileName, imports }));
    expect(() => assertNoCircle(parts)).toThrow(way);
  });
});

describe('a package that may be missing', () => {
  // Bundlers let a package be missing only if its name stands inside a `try`: `import(name).catch()` is not enough for all of them.
  it('is imported inside a try', () => {
    const optional = Object.keys(packageJson.peerDependenciesMeta);
    const found = files.flatMap((file) => optionalImportsOf(file, optional));
    expect(found.map(({ name }) => name)).toEqual(expect.arrayContaining(['ajv/dist/2020.js', 'google-auth-library']));
    expect(found.filter(({ isTried }) => !isTried)).toEqual([]);
  });
});

function optionalImportsOf(file: string, optional: readonly string[]) {
  const tree = ts.createSourceFile(file, readFileSync(join(source, file), 'utf8'), ts.ScriptTarget.Latest, true);
  const found: { readonly file: string; readonly name: string; readonly isTried: boolean }[] = [];
  const visit = (node: ts.Node, isTried: boolean): void => {
    const name = importedName(node);
    if (name !== undefined && optional.some((one) => name === one || name.startsWith(`${one}/`)))
      found.push({ file, name, isTried });
    ts.forEachChild(node, (child) => visit(child, isTried || (ts.isTryStatement(node) && child === node.tryBlock)));
  };
  visit(tree, false);
  return found;
}

function importedName(node: ts.Node): string | undefined {
  if (!ts.isCallExpression(node) || node.expression.kind !== ts.SyntaxKind.ImportKeyword) return undefined;
  const [argument] = node.arguments;
  return argument !== undefined && ts.isStringLiteral(argument) ? argument.text : undefined;
}
