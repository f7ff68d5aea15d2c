import type { AssistantMessage, ReasoningDetail } from '../../core/chat.ts';
import type { RedactedThinkingBlock, ThinkingBlock } from './wire-types.ts';

/** Marks blocks that only this wire takes back. */
const REASONING_FORMAT = 'anthropic-claude-v1';

export function thinkingDetail(index: number, thinking: string, signature?: string): ReasoningDetail {
  const detail: ReasoningDetail = { type: 'reasoning.text', text: thinking, format: REASONING_FORMAT, index };
  if (signature) detail.signature = signature;
  return detail;
}

export function signatureDetail(index: number, signature: string): ReasoningDetail {
  return { type: 'reasoning.text', signature, format: REASONING_FORMAT, index };
}

export function redactedDetail(index: number, data: string): ReasoningDetail {
  return { type: 'reasoning.encrypted', data, format: REASONING_FORMAT, index };
}

/**
 * The thinking blocks of an assistant turn, unchanged and in order. Takes whole details as well as the pieces of a stream
 * strung together. Thinking without a signature cannot be given back and is left out, as are other makers' blocks.
 */
export function thinkingBlocks(message: AssistantMessage): (ThinkingBlock | RedactedThinkingBlock)[] {
  const blocks: (ThinkingBlock | RedactedThinkingBlock)[] = [];
  let open: { index: number | undefined; block: ThinkingBlock } | undefined;
  for (const detail of message.reasoning_details ?? []) {
    if (detail?.format !== REASONING_FORMAT) continue;
    if (detail.type === 'reasoning.encrypted') {
      open = undefined;
      if (detail.data) blocks.push({ type: 'redacted_thinking', data: detail.data });
      continue;
    }
    if (detail.type !== 'reasoning.text') continue;
    if (!open || open.block.signature || open.index !== detail.index) {
      open = { index: detail.index, block: { type: 'thinking', thinking: '', signature: '' } };
      blocks.push(open.block);
    }
    open.block.thinking += detail.text ?? '';
    open.block.signature += detail.signature ?? '';
  }
  return blocks.filter((block) => block.type === 'redacted_thinking' || block.signature !== '');
}
