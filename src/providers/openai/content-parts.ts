import { isRecord } from './wire-types.ts';

/** Text and reasoning of a content that some vendors send as a part or an array of them: text, and Mistral's `thinking`. */
export function splitContentParts(content: object): { text: string; reasoning: string } {
  const parts: readonly unknown[] = Array.isArray(content) ? content : [content];
  let text = '';
  let reasoning = '';
  for (const part of parts) {
    if (typeof part === 'string') text += part;
    if (!isRecord(part)) continue;
    if (part.type === 'thinking') reasoning += textOf(part.thinking);
    else if (typeof part.text === 'string') text += part.text;
  }
  return { text, reasoning };
}

function textOf(thinking: unknown): string {
  if (typeof thinking === 'string') return thinking;
  return Array.isArray(thinking) ? splitContentParts(thinking).text : '';
}
