import { parseDocument } from 'yaml';

/** What a YAML text says, or where it makes its first mistake. */
export type ParsedYaml =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly mistake: string; readonly line?: number; readonly column?: number };

/** Parses YAML 1.2 with merge keys. The parser's own messages quote the text, which may hold a key: they are not told. */
export function parseYaml(text: string): ParsedYaml {
  const document = parseDocument(text, { merge: true, logLevel: 'error' });
  const [mistake] = document.errors;
  if (mistake !== undefined) {
    const [place] = mistake.linePos ?? [];
    return { ok: false, mistake: mistake.code, ...(place && { line: place.line, column: place.col }) };
  }
  try {
    return { ok: true, value: document.toJS() };
  } catch {
    return { ok: false, mistake: 'an alias is unknown or used too often' };
  }
}
