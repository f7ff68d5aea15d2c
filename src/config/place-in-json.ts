/** Where a text stops being JSON, by the error that `JSON.parse` threw for it; '' if that can't be said. Nothing of the text is told. */
export function placeInJson(text: string, error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  if (message.startsWith('Unexpected end')) return ': it ends too early';
  const place = /\(line \d+ column \d+\)/.exec(message)?.[0] ?? placeOfToken(text);
  return place === undefined ? '' : ` ${place}`;
}

/** V8 tells no place of a token that it did not expect. It is the end of the shortest beginning that has one. */
function placeOfToken(text: string): string | undefined {
  if (!hasUnexpectedToken(text)) return undefined;
  let [without, having] = [0, text.length];
  while (having - without > 1) {
    const middle = (without + having) >>> 1;
    if (hasUnexpectedToken(text.slice(0, middle))) having = middle;
    else without = middle;
  }
  const before = text.slice(0, without);
  return `(line ${before.split('\n').length} column ${without - before.lastIndexOf('\n')})`;
}

function hasUnexpectedToken(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return error instanceof Error && error.message.startsWith('Unexpected token');
  }
}
