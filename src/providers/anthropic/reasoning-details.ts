import type { AssistantMessage, ReasoningDetail } from '../../core/chat.ts';
import { wholeBlocks } from '../../core/reasoning-blocks.ts';
import { CLAUDE_FORMAT, MESSAGES_FORMAT } from '../chat/reasoning-formats.ts';
import { thoughtsOf } from '../chat/thoughts.ts';
import { type ModelTraits, traitsOf } from './models.ts';
import type { RedactedThinkingBlock, ThinkingBlock } from './wire-types.ts';

export type BlockFormat = typeof CLAUDE_FORMAT | typeof MESSAGES_FORMAT;

export function blockFormat(upstreamModel: string): BlockFormat {
  return traitsOf(upstreamModel).signedThinking ? CLAUDE_FORMAT : MESSAGES_FORMAT;
}

export function thinkingDetail(format: BlockFormat, index: number, thinking: string, signature?: string): ReasoningDetail {
  const detail: ReasoningDetail = { type: 'reasoning.text', text: thinking, format, index };
  if (signature) detail.signature = signature;
  return detail;
}

export function signatureDetail(format: BlockFormat, index: number, signature: string): ReasoningDetail {
  return { type: 'reasoning.text', signature, format, index };
}

export function redactedDetail(format: BlockFormat, index: number, data: string): ReasoningDetail {
  return { type: 'reasoning.encrypted', data, format, index };
}

type HistoryTraits = Pick<ModelTraits, 'signedThinking' | 'history'>;
type Block = ThinkingBlock | RedactedThinkingBlock;

const CLAUDE: HistoryTraits = { signedThinking: true, history: 'thinking-before-open-loop' };

/**
 * The thinking blocks of an assistant turn, unchanged and in order, of whole details as well as of the pieces of a stream
 * strung together. Claude takes its own blocks only, signed. Others take what came over this wire as it came; those that
 * want thinking beside every call take it from any maker, as text.
 */
export function thinkingBlocks(message: AssistantMessage, { signedThinking, history }: HistoryTraits = CLAUDE): Block[] {
  const wantsText = history === 'thinking-beside-calls';
  const blocks: Block[] = [];
  for (const detail of wholeBlocks(message.reasoning_details ?? [])) {
    const block = toBlock(detail, wantsText);
    if (block && (!signedThinking || isClaudes(detail))) blocks.push(block);
  }
  const text = wantsText && blocks.length === 0 && thoughtsOf(message);
  if (text) blocks.push(unsigned(text));
  return blocks;
}

function unsigned(thinking: string): ThinkingBlock {
  return { type: 'thinking', thinking } as ThinkingBlock;
}

function isClaudes({ type, format, signature }: ReasoningDetail): boolean {
  return format === CLAUDE_FORMAT && (type === 'reasoning.encrypted' || Boolean(signature));
}

function toBlock({ type, format, text, data, signature }: ReasoningDetail, wantsText: boolean): Block | undefined {
  if (format !== CLAUDE_FORMAT && format !== MESSAGES_FORMAT) return undefined;
  if (type === 'reasoning.encrypted') return data && !wantsText ? { type: 'redacted_thinking', data } : undefined;
  if (type !== 'reasoning.text') return undefined;
  const isForeign = wantsText && format === CLAUDE_FORMAT;
  if (signature && !isForeign) return { type: 'thinking', thinking: text ?? '', signature };
  return text ? unsigned(text) : undefined;
}
