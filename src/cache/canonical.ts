import { endOfNumbers, textOfNumbers } from '../core/number-runs.ts';

/**
 * JSON in one form: the same for the same content, in whatever order an object has its fields. Fields that are undefined are
 * not there. Texts are taken as they are: two that only look the same are two prompts. They stand behind their length, so
 * that nothing in them has to be escaped, which would cost more than all the rest of a key.
 *
 * Inside a schema the order stays: models write the fields of an answer in the order of its schema
 * (https://platform.openai.com/docs/guides/structured-outputs, "Key ordering").
 */
export function canonicalText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return plainText(value);
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? listText(value) : recordText(value as Fields);
    default:
      return JSON.stringify(value) ?? 'null';
  }
}

/** The same of an object's fields, but for some. */
export function canonicalFields(fields: Fields, ignored: ReadonlySet<string>): string {
  return fieldsText(
    fields,
    Object.keys(fields).filter((name) => !ignored.has(name)),
  );
}

type Fields = Readonly<Record<string, unknown>>;

function listText(items: readonly unknown[]): string {
  let text = '[';
  let place = 0;
  while (place < items.length) {
    if (place > 0) text += ',';
    const end = endOfNumbers(items, place);
    text += end > place ? textOfNumbers(items, place, end) : canonicalText(items[place]);
    place = Math.max(end, place + 1);
  }
  return `${text}]`;
}

function recordText(fields: Fields): string {
  return fieldsText(fields, Object.keys(fields));
}

function fieldsText(fields: Fields, names: string[]): string {
  if (names.length > 1) names.sort();
  let text = '{';
  for (const name of names) {
    const value = fields[name];
    if (value === undefined) continue;
    if (text.length > 1) text += ',';
    text += `${plainText(name)}:${SCHEMAS.has(name) ? asItStands(value) : canonicalText(value)}`;
  }
  return `${text}}`;
}

/** Half a surrogate pair is no character, and a digest would take all of them for the same. */
function plainText(text: string): string {
  return text.isWellFormed() ? `${text.length}"${text}` : `!${JSON.stringify(text)}`;
}

function asItStands(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null';
  return `${text.length}'${text}`;
}

const SCHEMAS: ReadonlySet<string> = new Set(['schema', 'parameters', 'input_schema', 'properties']);
