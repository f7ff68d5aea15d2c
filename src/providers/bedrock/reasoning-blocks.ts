import type { AssistantMessage, ChatParams } from '../../core/chat.ts';
import { isRecord } from '../../core/json.ts';
import { wholeBlocks } from '../../core/reasoning-blocks.ts';
import { CLAUDE_FORMAT, CONVERSE_FORMAT } from '../chat/reasoning-formats.ts';
import type { BedrockModel } from './models.ts';
import type { ReasoningBlock } from './wire-types.ts';

/** Claude's signatures hold on every platform that serves it, so its blocks carry the name that all of them take back. */
export function reasoningFormat(model: BedrockModel): string {
  return model.isClaude ? CLAUDE_FORMAT : CONVERSE_FORMAT;
}

/**
 * The reasoning blocks of an earlier answer, unchanged; pieces of a stream that share an index become one block again.
 * Claude takes no block without its signature, and no other family signs its own.
 */
export function toReasoningBlocks({ reasoning_details: details }: AssistantMessage, model: BedrockModel): ReasoningBlock[] {
  if (!details?.length || model.takesBack !== 'claudes') return [];
  const blocks: ReasoningBlock[] = [];
  for (const { type, format, text, data, signature } of wholeBlocks(details)) {
    if (format !== reasoningFormat(model) && (model.isClaude || format !== CLAUDE_FORMAT)) continue;
    if (type === 'reasoning.encrypted' && data) blocks.push({ reasoningContent: { redactedContent: data } });
    if (type !== 'reasoning.text' || !signature) continue;
    blocks.push({ reasoningContent: { reasoningText: { text: text ?? '', signature } } });
  }
  return blocks;
}

/** A model whose id tells no family is taken for Claude if the request makes it think in Claude's words. */
export function asItThinks(model: BedrockModel, { additionalModelRequestFields: fields }: ChatParams): BedrockModel {
  if (model.takesBack !== 'if-it-thinks') return model;
  const thinks = isRecord(fields) && (fields.thinking !== undefined || fields.reasoning_config !== undefined);
  return thinks ? { ...model, takesBack: 'claudes', history: 'thinking-before-open-loop' } : { ...model, takesBack: 'nothing' };
}
