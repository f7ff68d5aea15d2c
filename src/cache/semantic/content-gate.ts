import { CONTRACTIONS, FILLERS, NUMBER_WORDS, UNITS } from './words.ts';

/**
 * Whether two questions ask the same by their words: numbers, names, units, negations and every word that carries content
 * must be the same, in the same order. What may differ is how they are put: articles and courtesies, contractions, capitals,
 * punctuation, plurals, and how numbers and units are written. English; in other languages nearly every word counts.
 */
export function passesContentGate(one: string, other: string): boolean {
  if (one === other) return true;
  const left = contentOf(one);
  const right = contentOf(other);
  return left.length > 0 && left.length === right.length && left.every((word, place) => word === right[place]);
}

/** The words of a question that must not change. */
function contentOf(question: string): readonly string[] {
  const content: string[] = [];
  for (const word of wordsOf(plain(question))) {
    const written = NUMBER_WORDS.get(word) ?? UNITS.get(word) ?? word;
    if (!FILLERS.has(written)) content.push(singular(written));
  }
  return content;
}

/** Words, numbers and signs. A sign counts: `C` is not `C++`, `-5` not `5`. */
function wordsOf(text: string): readonly string[] {
  return text.match(/\d+(?:\.\d+)*|\p{L}[\p{L}\p{M}]*|[^\s\p{L}\d.,;:?!"'`()[\]{}]|(?<=\d\s*)[()]|[()](?=\s*\d)/gu) ?? [];
}

function plain(question: string): string {
  let text = question.normalize('NFKC').toLowerCase().replaceAll(/[’‘]/g, "'");
  for (const [short, long] of CONTRACTIONS) text = text.replaceAll(short, long);
  return (
    text
      .replaceAll(/(?<=\d),(?=\d{3}\b)/g, '')
      // The capital of France is France's capital.
      .replaceAll(/(\p{L}+)'s?\s+(\p{L}+)/gu, '$2 of $1')
      .replaceAll(/(?<=\p{L})-(?=\p{L})/gu, ' ')
  );
}

function singular(word: string): string {
  return word.length > 4 && /[^sui]s$/.test(word) ? word.slice(0, -1) : word;
}
