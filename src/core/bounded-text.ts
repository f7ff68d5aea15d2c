/** Longest name from outside that is printed: in an event, an error or a header. In UTF-16 units. */
const LONGEST_NAME = 256;

/** A text from outside, cut if it is longer than a name can be. */
export function boundedText(text: string, most: number = LONGEST_NAME): string {
  return text.length > most ? `${text.slice(0, most - 1).toWellFormed()}…` : text;
}
