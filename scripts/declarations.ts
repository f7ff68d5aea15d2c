import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** A property as its declaration tells it. */
export interface Field {
  readonly name: string;
  /** As written, without `| undefined`. */
  readonly type: string;
  readonly optional: boolean;
  readonly comment: string;
}

/** The interfaces, type aliases and classes of the sources by name, read without a type check. */
export class Declarations {
  readonly #interfaces = new Map<string, ts.InterfaceDeclaration>();
  readonly #aliases = new Map<string, ts.TypeAliasDeclaration>();
  readonly #classes = new Map<string, ts.ClassDeclaration>();

  /** Of the files that a glob under the root of the project finds. */
  constructor(pattern: string) {
    const root = fileURLToPath(new URL('../', import.meta.url));
    for (const file of globSync(pattern, { cwd: root }).sort()) {
      const text = readFileSync(`${root}/${file}`, 'utf8');
      for (const statement of ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true).statements) this.#add(statement);
    }
  }

  interface(name: string): ts.InterfaceDeclaration {
    return known(this.#interfaces, name);
  }

  alias(name: string): ts.TypeAliasDeclaration {
    return known(this.#aliases, name);
  }

  classes(): readonly ts.ClassDeclaration[] {
    return [...this.#classes.values()];
  }

  /** Fields of an interface: those of what it extends first, but for the bases that are left out. */
  fields(name: string, without: ReadonlySet<string> = new Set()): Field[] {
    const { members, heritageClauses = [] } = this.interface(name);
    const bases = heritageClauses.flatMap(({ types }) => types.flatMap(namesIn)).filter((base) => this.#interfaces.has(base));
    const inherited = bases.filter((base) => !without.has(base)).flatMap((base) => this.fields(base, without));
    const own = members.filter(ts.isPropertySignature).map(toField);
    const redeclared = new Set(own.map((field) => field.name));
    return [...inherited.filter((field) => !redeclared.has(field.name)), ...own];
  }

  #add(statement: ts.Statement): void {
    if (ts.isInterfaceDeclaration(statement)) this.#interfaces.set(statement.name.text, statement);
    else if (ts.isTypeAliasDeclaration(statement)) this.#aliases.set(statement.name.text, statement);
    else if (ts.isClassDeclaration(statement) && statement.name) this.#classes.set(statement.name.text, statement);
  }
}

/** The doc comment of a declaration as one line. */
export function commentOf(node: ts.Node): string {
  const [last] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).slice(-1);
  return oneLine(ts.getTextOfJSDocComment(last?.comment) ?? '');
}

/** The text of a type as one line, without `| undefined`. */
export function typeText(type: ts.TypeNode | undefined): string {
  return oneLine(type?.getText() ?? 'unknown')
    .replace(/ \| undefined$/, '')
    .replace(/^\| /, '');
}

/** Escapes what would end a cell of a table. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

export function toField(member: ts.PropertySignature | ts.PropertyDeclaration): Field {
  return {
    name: member.name.getText(),
    type: typeText(member.type),
    optional: member.questionToken !== undefined,
    comment: commentOf(member),
  };
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** `Base`, and of `Omit<Base<'x'>, 'y'>` that as well. */
function namesIn(node: ts.Node): string[] {
  const names = ts.isIdentifier(node) ? [node.text] : [];
  ts.forEachChild(node, (child) => {
    names.push(...namesIn(child));
  });
  return names;
}

function known<T>(of: ReadonlyMap<string, T>, name: string): T {
  const found = of.get(name);
  if (found === undefined) throw new Error(`no declaration of ${name}`);
  return found;
}
