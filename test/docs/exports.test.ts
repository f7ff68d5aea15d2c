import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { entriesIn } from '../../scripts/build-parts.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** What users can import, by the sources: the command line is no module of theirs. */
const ENTRIES = Object.entries(entriesIn('src', '.ts'))
  .filter(([name]) => name !== 'cli/index')
  .map(([, path]) => path);

/** Whether something that a file exports has a doc comment, there or where it comes from. */
function undocumented(path: string, wanted?: ReadonlySet<string>): string[] {
  const tree = ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true);
  return tree.statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) return undocumentedElsewhere(statement, path, tree, wanted);
    return namesOf(statement)
      .filter((name) => (wanted === undefined ? isExported(statement) : wanted.has(name)))
      .filter(() => ts.getJSDocCommentsAndTags(statement).length === 0)
      .map((name) => `${name} in ${path}`);
  });
}

function undocumentedElsewhere(
  { moduleSpecifier, exportClause }: ts.ExportDeclaration,
  path: string,
  tree: ts.SourceFile,
  wanted: ReadonlySet<string> | undefined,
): string[] {
  const names =
    exportClause && ts.isNamedExports(exportClause)
      ? exportClause.elements
          .filter(({ name }) => wanted === undefined || wanted.has(name.text))
          .map(({ propertyName, name }) => (propertyName ?? name).text)
      : undefined;
  const [from] =
    moduleSpecifier === undefined ? (names ?? []).map((name) => importedFrom(tree, name)) : [spelled(moduleSpecifier)];
  // What packages export, they document.
  if (from === undefined || !from.startsWith('.')) return [];
  const target = relative(root, join(root, dirname(path), from));
  if (moduleSpecifier !== undefined) return undocumented(target, names && new Set(names));
  return (names ?? []).flatMap((name) =>
    undocumented(relative(root, join(root, dirname(path), importedFrom(tree, name) ?? from)), new Set([name])),
  );
}

function importedFrom(tree: ts.SourceFile, name: string): string | undefined {
  const found = tree.statements.filter(ts.isImportDeclaration).find(({ importClause }) => {
    const bindings = importClause?.namedBindings;
    return bindings !== undefined && ts.isNamedImports(bindings) && bindings.elements.some((each) => each.name.text === name);
  });
  return found && spelled(found.moduleSpecifier);
}

function spelled(specifier: ts.Expression): string {
  return (specifier as ts.StringLiteral).text;
}

function isExported(statement: ts.Statement): boolean {
  return (
    ts.canHaveModifiers(statement) && (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  );
}

/** Of overloads the first is the documented one. */
function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => name.getText());
  if (ts.isFunctionDeclaration(statement) && statement.body !== undefined && isOverloaded(statement)) return [];
  const isNamed =
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isFunctionDeclaration(statement);
  return isNamed && statement.name ? [statement.name.text] : [];
}

function isOverloaded({ name, parent }: ts.FunctionDeclaration): boolean {
  const named = (parent as ts.SourceFile).statements
    .filter(ts.isFunctionDeclaration)
    .filter((each) => each.name?.text === name?.text);
  return named.length > 1;
}

describe('what the entry points export', () => {
  it.each(ENTRIES)('says what it is: %s', (path) => {
    expect(undocumented(path)).toEqual([]);
  });

  it('is all on the site of the docs', () => {
    const { entryPoints } = JSON.parse(read('typedoc.json')) as { entryPoints: string[] };
    expect([...entryPoints].sort()).toEqual([...ENTRIES].sort());
  });
});
