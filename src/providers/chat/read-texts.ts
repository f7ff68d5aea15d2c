import { RequestInvalid } from '../request-invalid.ts';

/** OpenAI's `input` of embeddings as texts; throws `RequestInvalid` with the path of what is none. */
export function readTexts(input: unknown): string[] {
  if (typeof input === 'string') return [input];
  if (!Array.isArray(input) || input.length === 0) throw new RequestInvalid('input', 'a text or a list of texts');
  const position = input.findIndex((text) => typeof text !== 'string');
  if (position >= 0) throw new RequestInvalid(`input[${position}]`, 'a text');
  return input;
}

/** True for an input of token ids, or a list of such: valid at OpenAI, and nothing that other wires can say. */
export function isTokens(input: unknown): boolean {
  return Array.isArray(input) && input.length > 0 && input.every(isTokenOrTokens);
}

function isTokenOrTokens(value: unknown): boolean {
  return typeof value === 'number' || (Array.isArray(value) && value.every((token) => typeof token === 'number'));
}

export function readDimensions(dimensions: unknown): number {
  if (typeof dimensions !== 'number') throw new RequestInvalid('dimensions', 'a number');
  return dimensions;
}
