import { parseDocument, stringify } from 'yaml';

/** What a YAML text says, or its first mistake and where that is. */
export type ParsedYaml = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly mistake: string };

/** Parses YAML 1.2 with merge keys. The parser's own messages quote the text, which may hold a key: they are not told. */
export function parseYaml(text: string): ParsedYaml {
  const document = parseDocument(text, { merge: true, logLevel: 'error' });
  const [mistake] = document.errors;
  if (mistake !== undefined) {
    const [place] = mistake.linePos ?? [];
    const where = place === undefined ? '' : ` (line ${place.line} column ${place.col})`;
    return { ok: false, mistake: `${inWords(mistake.code)}${where}${hintAt(text, mistake.pos[0])}` };
  }
  try {
    return { ok: true, value: document.toJS() };
  } catch {
    return { ok: false, mistake: 'an alias is unknown or used too often' };
  }
}

/** The value as YAML, each line whole and nothing by reference. */
export function writeYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** `BAD_INDENT` is `bad indent`. */
function inWords(code: string): string {
  return code.toLowerCase().replaceAll('_', ' ');
}

/** `{ apiKey: ${NAME} }` is a mapping within a mapping for YAML, and the mistake that is made most. */
function hintAt(text: string, offset: number): string {
  return text.slice(Math.max(offset - 1, 0), offset + 1) === '${' ? "; within braces a variable needs quotes: '${NAME}'" : '';
}
