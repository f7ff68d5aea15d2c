import type { ReasoningDetail, ToolCall } from '../../core/chat.ts';
import { isRecord } from '../../core/json.ts';
import type { Params } from '../../core/params.ts';
import { isSealedHere } from '../../core/sealed.ts';

/**
 * Reasoning blocks as a reasoning item's `encrypted_content`: their JSON in base64url. It hides nothing; the signatures in
 * it are the vendor's. Undefined if there are none.
 */
export function sealReasoning(details: readonly ReasoningDetail[]): string | undefined {
  return details.length === 0 ? undefined : Buffer.from(JSON.stringify(details)).toString('base64url');
}

/**
 * What an item seals: its blocks. A thought of a vendor who has none is one itself if the caller asks for sealed reasoning:
 * clients that keep nothing at the vendor give back only what is sealed.
 */
export function blocksToSeal(
  { id, text, details }: { id: string; text: string; details: readonly ReasoningDetail[] },
  { include }: Params,
): readonly ReasoningDetail[] {
  const isAskedFor = Array.isArray(include) && include.includes('reasoning.encrypted_content');
  return details.length > 0 || text === '' || !isAskedFor ? details : [{ type: 'reasoning.text', id, text }];
}

/** The thought that was sealed as its text alone; undefined for blocks of a vendor. */
export function sealedText([block, ...others]: readonly ReasoningDetail[]): string | undefined {
  if (block?.type !== 'reasoning.text' || others.length > 0) return undefined;
  const isBare = Object.keys(block).every((name) => name === 'type' || name === 'id' || name === 'text');
  return isBare ? (block.text ?? undefined) : undefined;
}

/** The blocks that were sealed here; undefined for anything else, such as what OpenAI encrypted. */
export function unsealReasoning(sealed: unknown): ReasoningDetail[] | undefined {
  if (!isSealedHere(sealed)) return undefined;
  try {
    const details: unknown = JSON.parse(Buffer.from(sealed, 'base64url').toString('utf8'));
    return Array.isArray(details) && details.every(isReasoningDetail) ? details : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Gemini's thought signatures of calls as blocks beside the reasoning: clients give reasoning items back whole, and know no
 * such field on calls. No wire is handed them as reasoning.
 */
export function callSignatures(calls: readonly Pick<ToolCall, 'id' | 'extra_content'>[]): ReasoningDetail[] {
  const details: ReasoningDetail[] = [];
  for (const { id, extra_content: extra } of calls) {
    const data = extra?.google?.thought_signature;
    if (id && data) details.push({ type: 'reasoning.encrypted', data, id: OF_CALL + id });
  }
  return details;
}

/** The id of the call that a block is the signature of; undefined for reasoning. */
export function signedCall({ id }: ReasoningDetail): string | undefined {
  return id?.startsWith(OF_CALL) ? id.slice(OF_CALL.length) : undefined;
}

const OF_CALL = 'call:';

const TYPES: ReadonlySet<unknown> = new Set(['reasoning.text', 'reasoning.summary', 'reasoning.encrypted']);

function isReasoningDetail(value: unknown): value is ReasoningDetail {
  return isRecord(value) && TYPES.has(value.type);
}
