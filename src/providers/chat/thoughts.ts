import type { ReasoningDetail } from '../../core/chat.ts';
import { wholeBlocks } from '../../core/reasoning-blocks.ts';

/** The thoughts of an assistant message as one text, under whichever name they come; undefined if it has none. */
export function thoughtsOf(message: object): string | undefined {
  const { reasoning_content, reasoning, reasoning_details } = message as Record<string, unknown>;
  const text = reasoning_content ?? reasoning;
  if (typeof text === 'string') return text;
  if (!Array.isArray(reasoning_details)) return undefined;
  const texts = wholeBlocks(reasoning_details as ReasoningDetail[]).flatMap(({ text, summary }) => text ?? summary ?? []);
  return texts.length > 0 ? texts.join('\n\n') : undefined;
}
