import ts from 'typescript';
import { cell, commentOf, Declarations, type Field, toField } from './declarations.ts';

/** `docs/errors.md`: the library's own error classes, from `src/errors/`. */
export function errorsDoc(): string {
  const classes = new Declarations('src/errors/*.ts').classes();
  const rows = classes.map(rowOf);
  const sections = classes.map(fieldsOf).filter((section) => section !== undefined);
  return `${HEAD}${rows.join('\n')}\n${AFTER_TABLE}\n${sections.join('\n')}`;
}

const HEAD = `# Errors

This page is written by \`npm run generate\` from \`src/errors/\`.

Every error of a call is one of OpenAI's own classes or a subclass of one. Code that catches \`APIError\` goes on working. The
classes below are the gateway's own. Those with a status say \`x-should-retry: false\`, so that no client above repeats a call in vain.

| class | status | \`code\` | when |
|---|---|---|---|
`;

const AFTER_TABLE = `
## What a provider answered

If a call failed at all its candidates, the error has the class of the first failure, with \`code: 'failover_exhausted'\`,
\`providerCode\` (the provider's own code; \`provider_code\` in a body over HTTP), \`attempts\`, \`skipped\` and \`retryAfterMs\`. If the request itself is at fault (400, 422), the
error is the provider's own, with \`attempts\`.

\`\`\`ts
try {
  await gateway.chat.completions.create({ model: 'fast', messages });
} catch (error) {
  if (!isFailoverExhausted(error)) throw error;
  console.warn(error.attempts.map(({ deployment, failure }) => \`\${deployment}: \${failure?.kind}\`));
}
\`\`\`

A call that its caller aborts throws OpenAI's \`APIUserAbortError\` with \`code: 'aborted'\`; its \`cause\` is the caller's own reason.
A call that runs into a limit of time throws \`APIConnectionTimeoutError\`. What each kind of failure leads to is in
[failover.md](failover.md).

## Fields
`;

function rowOf(declaration: ts.ClassDeclaration): string {
  const name = declaration.name?.text ?? '';
  return `| \`${name}\` | ${statusOf(declaration)} | ${codesOf(declaration)} | ${cell(commentOf(declaration))} |`;
}

/** The first argument of `super`, if it is a number. */
function statusOf(declaration: ts.ClassDeclaration): string {
  let status = '';
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.SuperKeyword) {
      const [first] = node.arguments;
      if (first && ts.isNumericLiteral(first)) status = first.text;
    }
    ts.forEachChild(node, visit);
  };
  visit(declaration);
  return status;
}

function codesOf(declaration: ts.ClassDeclaration): string {
  const code = propertiesOf(declaration).find(({ name }) => name.getText() === 'code');
  const text = (code?.initializer ?? code?.type)?.getText() ?? '';
  return [...text.matchAll(/'([^']+)'/g)].map(([, word]) => `\`${word}\``).join(', ');
}

function fieldsOf(declaration: ts.ClassDeclaration): string | undefined {
  const fields = propertiesOf(declaration).filter(isOwnField).map(toField);
  if (fields.length === 0) return undefined;
  return `### \`${declaration.name?.text}\`\n\n| field | type | what |\n|---|---|---|\n${fields.map(fieldRow).join('\n')}\n`;
}

function fieldRow({ name, type, comment }: Field): string {
  return `| \`${name}\` | \`${cell(type)}\` | ${cell(comment)} |`;
}

function isOwnField({ name }: ts.PropertyDeclaration): boolean {
  return !ts.isPrivateIdentifier(name) && name.getText() !== 'name' && name.getText() !== 'code';
}

function propertiesOf(declaration: ts.ClassDeclaration): ts.PropertyDeclaration[] {
  return declaration.members.filter(ts.isPropertyDeclaration);
}
