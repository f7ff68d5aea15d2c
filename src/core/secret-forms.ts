/** A secret in the forms in which it is sent or repeated: as it is, in a URL, in JSON, and inside base64 wherever it begins. */
export function formsOf(secret: string): string[] {
  return [...plainFormsOf(secret), ...encodedFormsOf(secret)];
}

function plainFormsOf(secret: string): string[] {
  if (PLAIN.test(secret)) return [secret];
  const inUrl = encodeURIComponent(secret.toWellFormed());
  const inLowerCase = inUrl.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  return [secret, inUrl, inLowerCase, JSON.stringify(secret).slice(1, -1)];
}

// What neither a URL nor JSON writes in another way.
const PLAIN = /^[\w.~-]*$/;

function encodedFormsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const encoded = [0, 1, 2].map((before) => base64Of(bytes, before)).filter((form) => form.length >= SHORTEST_ENCODED);
  return [...encoded, ...encoded.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))];
}

// What a short password leaves in base64 are a few letters, which stand anywhere.
const SHORTEST_ENCODED = 8;

/** The letters of a base64 text that the bytes alone decide, if `before` bytes of another text stand before them. */
function base64Of(bytes: Buffer, before: number): string {
  const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
  return encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
}

/** The text without each part of the form that is too long to stand there by chance. */
export function withoutParts(text: string, form: string): string {
  if (form.length < SHORTEST_PART) return text;
  let result = '';
  let from = 0;
  // A part of this length has a whole block of the text in it, wherever it begins.
  for (let at = 0; at + BLOCK <= text.length; at += BLOCK) {
    if (at < from) continue;
    const part = partAt(text, at, form, from);
    if (part === undefined) continue;
    result += `${text.slice(from, part.start)}[redacted]`;
    from = part.end;
  }
  return from === 0 ? text : result + text.slice(from);
}

// Of a random key nobody finds the rest by so few characters, and few vendors show fewer.
const SHORTEST_PART = 12;
const BLOCK = 6;

/** The part of the form that has the block at `at` in it; undefined if it is too short. */
function partAt(text: string, at: number, form: string, from: number): { start: number; end: number } | undefined {
  const block = text.slice(at, at + BLOCK);
  for (let place = form.indexOf(block); place >= 0; place = form.indexOf(block, place + 1)) {
    let before = 0;
    while (at - before > from && place > before && text[at - before - 1] === form[place - before - 1]) before += 1;
    let after = BLOCK;
    while (at + after < text.length && place + after < form.length && text[at + after] === form[place + after]) after += 1;
    if (before + after >= SHORTEST_PART) return { start: at - before, end: at + after };
  }
  return undefined;
}
