import { isRecord, type JsonRecord } from '../../core/json.ts';
import { readTexts, withTexts } from '../content/read-texts.ts';
import { withoutLogprobs } from '../content/without-logprobs.ts';
import { choiceTexts } from './choice-texts.ts';
import { TypedItems } from './typed-items.ts';

/** Another text for one of a stream's. */
export interface RepairedText {
  readonly before: string;
  readonly after: string;
}

interface Change {
  readonly keys: readonly (string | number)[];
  readonly text: string;
}

/** The items of a held stream as they would tell other texts, by their keys: as a whole in the first piece of each. */
export function repairedItems(items: readonly unknown[], texts: ReadonlyMap<string, RepairedText>): unknown[] {
  const told = new Set<string>();
  const next = (key: string): string | undefined => {
    const text = texts.get(key);
    if (text === undefined) return undefined;
    const isFirst = !told.has(key);
    told.add(key);
    return isFirst ? text.after : '';
  };
  return items.flatMap((item) => {
    if (!isRecord(item)) return [item];
    return typeof item.type === 'string' ? repairedEvent(item, texts, next) : [repairedChunk(item, next)];
  });
}

function repairedChunk(chunk: JsonRecord, next: (key: string) => string | undefined): JsonRecord {
  const changes: Change[] = [];
  const choices = Array.isArray(chunk.choices) ? chunk.choices : [];
  for (const [place, choice] of choices.entries()) {
    for (const { facts, keys } of isRecord(choice) ? choiceTexts(choice) : []) {
      const text = next(facts.key);
      if (text !== undefined) changes.push({ keys: ['choices', place, ...keys], text });
    }
  }
  return changes.length === 0 ? chunk : withoutLogprobs(withTexts(chunk, changes));
}

function repairedEvent(
  event: JsonRecord,
  texts: ReadonlyMap<string, RepairedText>,
  next: (key: string) => string | undefined,
): JsonRecord[] {
  const [piece] = TypedItems.textsOf(event);
  if (piece !== undefined) {
    const text = next(piece.facts.key);
    if (text === undefined) return [event];
    return text === '' ? [] : [withoutLogprobs({ ...event, delta: text })];
  }
  const changes: Change[] = [];
  for (const { keys, part } of readTexts(event)) {
    for (const { before, after } of texts.values()) if (part.text === before) changes.push({ keys, text: after });
  }
  return [changes.length === 0 ? event : withoutLogprobs(withTexts(event, changes))];
}
