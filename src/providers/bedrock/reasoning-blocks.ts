import type { ReasoningDetail } from '../../core/chat.ts';
import type { BedrockModel } from './models.ts';
import type { ReasoningBlock } from './wire-types.ts';

/** Claude's signatures hold on every platform that serves it, so its blocks carry the name that all of them take back. */
const CLAUDE_FORMAT = 'anthropic-claude-v1';
const OTHER_FORMAT = 'bedrock-converse-v1';

export function reasoningFormat(model: BedrockModel): string {
  return model.isClaude ? CLAUDE_FORMAT : OTHER_FORMAT;
}

/**
 * The reasoning blocks of an earlier answer, unchanged; pieces of a stream that share an index become one block again.
 * Claude takes no block without its signature.
 */
export function toReasoningBlocks(details: readonly ReasoningDetail[] | undefined, model: BedrockModel): ReasoningBlock[] {
  if (!details?.length || !model.takesReasoningBack) return [];
  const blocks: ReasoningBlock[] = [];
  let open: { text: string; signature?: string } | undefined;
  let openIndex: number | undefined;
  for (const detail of details) {
    if (!detail || !isOurs(detail, model)) continue;
    if (detail.type === 'reasoning.encrypted' && detail.data) {
      blocks.push({ reasoningContent: { redactedContent: detail.data } });
      open = undefined;
    } else if (detail.type === 'reasoning.text') {
      if (open === undefined || detail.index === undefined || detail.index !== openIndex) {
        open = { text: '' };
        openIndex = detail.index;
        blocks.push({ reasoningContent: { reasoningText: open } });
      }
      open.text += detail.text ?? '';
      if (detail.signature) open.signature = detail.signature;
    }
  }
  return model.isClaude ? blocks.filter(isSigned) : blocks;
}

// A model that tells no family may be Claude.
function isOurs({ format }: ReasoningDetail, model: BedrockModel): boolean {
  return format === reasoningFormat(model) || (format === CLAUDE_FORMAT && Object.keys(model.capabilities).length === 0);
}

function isSigned({ reasoningContent }: ReasoningBlock): boolean {
  return 'redactedContent' in reasoningContent || reasoningContent.reasoningText.signature !== undefined;
}
