/** A piece of a tool call's arguments as text: some hosts send the object. Empty if there is none. */
export function argumentsText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

/** All arguments of a call as JSON; `{}` if there are none. */
export function wholeArguments(value: unknown): string {
  const text = argumentsText(value);
  return saysNothing(text) ? '{}' : text;
}

/** Whether arguments are none: Cohere's models and some hosts write `null` then. */
export function saysNothing(text: string): boolean {
  if (text.length > LONGEST_NOTHING) return false;
  const trimmed = text.trim();
  return trimmed === '' || trimmed === NOTHING;
}

/** Whether arguments so far may turn out to be none. */
export function maySayNothing(text: string): boolean {
  return text.length <= LONGEST_NOTHING && NOTHING.startsWith(text.trim());
}

const NOTHING = 'null';
// Spaces around it included.
const LONGEST_NOTHING = 64;
