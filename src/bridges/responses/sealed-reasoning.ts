import type { ReasoningDetail } from '../../core/chat.ts';
import { SEAL_START } from '../../core/reasoning-blocks.ts';
import { isRecord } from './records.ts';

/**
 * Reasoning blocks as a reasoning item's `encrypted_content`: their JSON in base64url. It hides nothing; the signatures in
 * it are the vendor's. Undefined where there are none.
 */
export function sealReasoning(details: readonly ReasoningDetail[]): string | undefined {
  return details.length === 0 ? undefined : Buffer.from(JSON.stringify(details)).toString('base64url');
}

/** The blocks that were sealed here; undefined for anything else, such as what OpenAI encrypted. */
export function unsealReasoning(sealed: unknown): ReasoningDetail[] | undefined {
  if (typeof sealed !== 'string' || !sealed.startsWith(SEAL_START)) return undefined;
  try {
    const details: unknown = JSON.parse(Buffer.from(sealed, 'base64url').toString('utf8'));
    return Array.isArray(details) && details.every(isReasoningDetail) ? details : undefined;
  } catch {
    return undefined;
  }
}

const TYPES: ReadonlySet<unknown> = new Set(['reasoning.text', 'reasoning.summary', 'reasoning.encrypted']);

function isReasoningDetail(value: unknown): value is ReasoningDetail {
  return isRecord(value) && TYPES.has(value.type);
}
