import { wholeArguments } from '../arguments-text.ts';
import { isRecord, type RawRecord } from './wire-types.ts';

/**
 * Repairs what a response gives, in place, as far as OpenAI's clients would break on it: they read the contents of every
 * message, and expect JSON text of a call.
 */
export function repairOutput(response: RawRecord): void {
  const { output } = response;
  if (!Array.isArray(output)) return;
  if (!output.every(isRecord)) response.output = output.filter(isRecord);
  for (const item of output) if (isRecord(item)) repairItem(item);
}

function repairItem(item: RawRecord): void {
  if (item.type === 'function_call') item.arguments = wholeArguments(item.arguments);
  if (item.type !== 'message') return;
  const { content } = item;
  if (!Array.isArray(content) || !content.every(isRecord)) item.content = toParts(content);
  for (const part of item.content as RawRecord[]) {
    if (part.type === 'output_text' && typeof part.text !== 'string') part.text = '';
  }
}

/** A text stands for a message of one part. */
function toParts(content: unknown): RawRecord[] {
  if (typeof content === 'string') return [{ type: 'output_text', text: content, annotations: [] }];
  return Array.isArray(content) ? content.filter(isRecord) : [];
}
