import { isRecord, type JsonRecord } from '../../core/json.ts';
import { NamedEvent } from '../../core/named-event.ts';
import { type FoundText, isArguments, readTexts, withTexts } from '../content/read-texts.ts';
import type { Channels, ItemsForm } from './items-form.ts';

/** Where a piece of a text stood last. */
interface Carrier {
  readonly item: unknown;
  readonly keys: FoundText['keys'];
  readonly pieces: readonly FoundText[];
}

/**
 * Items of a stream that is handed through, in whatever form: what stands in a `delta`, or in choices, goes on in later items
 * of its kind at the same place; every other text is whole.
 */
export class HandedItems implements ItemsForm {
  readonly #channels: Channels;
  readonly #open = new Map<string, Carrier>();

  constructor(channels: Channels) {
    this.#channels = channels;
  }

  push(item: unknown): readonly unknown[] {
    const data = dataOf(item);
    if (!isRecord(data)) return [item];
    const pieces = readTexts(data).filter(isPiece);
    const name = nameOf(item, data);
    const changes = pieces.flatMap((piece) => this.#piece(piece, pieces, item, name));
    const rest = this.#channels.rewriteRest(changes.length === 0 ? data : withTexts(data, changes));
    const rewritten = rest === undefined || rest === data ? item : withData(item, rest);
    return ENDS.test(name) || finishes(data) ? [...this.end(), rewritten] : [rewritten];
  }

  end(): readonly unknown[] {
    return [...this.#open].flatMap(([key, { item, keys, pieces }]) => {
      const channel = this.#channels.known(key);
      channel?.end();
      this.#open.delete(key);
      const left = channel?.take() ?? '';
      if (left === '') return [];
      const texts = pieces.map((piece) => ({ keys: piece.keys, text: piece.keys === keys ? left : '' }));
      return [withData(item, withTexts(dataOf(item), texts))];
    });
  }

  #piece(piece: FoundText, pieces: readonly FoundText[], item: unknown, name: string) {
    const { keys, part } = piece;
    const key = `${name} ${placeOf(keys, dataOf(item))}`;
    const isJson = isArguments(piece) || name.includes('arguments');
    this.#open.set(key, { item, keys, pieces });
    const text = this.#channels.of({ key, kind: part.kind, isJson }).push(part.text);
    return text === part.text ? [] : [{ keys, text }];
  }
}

const ENDS = /(?:completed|done|stop|failed|incomplete|expired|cancelled)$/;

function isPiece({ keys }: FoundText): boolean {
  return keys.includes('delta') || keys[0] === 'choices';
}

function dataOf(item: unknown): unknown {
  return item instanceof NamedEvent ? item.data : item;
}

function withData(item: unknown, data: unknown): unknown {
  return item instanceof NamedEvent ? new NamedEvent(item.event, data) : data;
}

function nameOf(item: unknown, { type }: JsonRecord): string {
  if (item instanceof NamedEvent) return item.event;
  return typeof type === 'string' ? type : '';
}

function finishes({ choices }: JsonRecord): boolean {
  return Array.isArray(choices) && choices.some((choice) => isRecord(choice) && Boolean(choice.finish_reason));
}

/** Lists in pieces tell by an `index` where each of theirs stands. */
function placeOf(keys: FoundText['keys'], data: unknown): string {
  let value = data;
  const path = [idOf(data)];
  for (const key of keys) {
    value = (value as Readonly<Record<string | number, unknown>>)[key];
    const index = typeof key === 'number' && isRecord(value) ? value.index : undefined;
    path.push(String(index ?? key));
  }
  return path.join('.');
}

function idOf(data: unknown): string {
  const { id, item_id, output_index, content_index, index } = data as JsonRecord;
  return [item_id ?? id, output_index, content_index, index].map((part) => String(part ?? '')).join('/');
}
