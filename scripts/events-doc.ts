import ts from 'typescript';
import { cell, commentOf, Declarations, type Field, typeText } from './declarations.ts';

/** `docs/events.md`: every event with its fields, from `src/events/event-map.ts`. */
export function eventsDoc(): string {
  const declarations = new Declarations('src/events/*.ts');
  const events = declarations.interface('EventMap').members.filter(ts.isPropertySignature);
  const sections = events.map((event) => section(declarations, nameOf(event), typeText(event.type)));
  return [HEAD, fieldTable(declarations.fields(BASE)), ...sections].join('\n');
}

const BASE = 'EventBase';

const HEAD = `# Events

This page is written by \`npm run generate\` from \`src/events/event-map.ts\`.

\`\`\`ts
gateway.on('failover', ({ from, to, failure }) => console.warn(\`\${from} -> \${to}: \${failure.kind}\`));
\`\`\`

- An event is made only if somebody listens to it.
- Each call has exactly one \`request.end\`, each attempt exactly one \`attempt.end\`.
- A listener that throws or rejects disturbs nobody: it is told by \`listener.error\`.
- Events hold ids, counts, durations, costs and kinds. They hold no prompt, no output and no key, unless \`captureContent\` is on.

## Fields of every event
`;

function section(declarations: Declarations, name: string, type: string): string {
  const comment = commentOf(declarations.interface(type));
  const fields = declarations.fields(type, new Set([BASE]));
  const table = fields.length === 0 ? 'No fields beside those of every event.\n' : fieldTable(fields);
  return `## \`${name}\`\n\n${comment === '' ? '' : `${comment}\n\n`}${table}`;
}

function fieldTable(fields: readonly Field[]): string {
  const rows = fields.map(
    ({ name, type, optional, comment }) => `| \`${name}${optional ? '?' : ''}\` | \`${cell(type)}\` | ${cell(comment)} |`,
  );
  return `| field | type | what |\n|---|---|---|\n${rows.join('\n')}\n`;
}

function nameOf({ name }: ts.PropertySignature): string {
  return ts.isStringLiteral(name) ? name.text : name.getText();
}
