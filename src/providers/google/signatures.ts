import type { ReasoningDetail } from '../../core/chat.ts';
import { GEMINI_FORMAT } from '../chat/reasoning-formats.ts';

/** Part of an answer's text that carries a signature; start and end are equal for a part with empty text. */
export interface SignedSpan {
  readonly start: number;
  readonly end: number;
  readonly signature: string;
}

/** A text part's signature as a detail that tells which part of the joined text it belongs to. */
export function toSignatureDetail({ start, end, signature }: SignedSpan, index: number): ReasoningDetail {
  return { type: 'reasoning.encrypted', data: signature, format: GEMINI_FORMAT, id: `text:${start}-${end}`, index };
}

/** The signed parts of an assistant message's text, in their order. */
export function signedSpans(details: readonly ReasoningDetail[]): SignedSpan[] {
  const spans: SignedSpan[] = [];
  for (const { type, data, id } of details) {
    if (type !== 'reasoning.encrypted' || !data) continue;
    const span = /^text:(\d{1,9})-(\d{1,9})$/.exec(id ?? '');
    if (span === null) continue;
    spans.push({ start: Number(span[1]), end: Number(span[2]), signature: data });
  }
  return spans.sort((one, other) => one.end - other.end);
}

// A response id and a count beside it fit in the 40 characters that OpenAI allows a tool call's id.
const MINTED_PREFIX = 'call_gm_';

/** Ids for the calls of one answer: the wire's own if it has one, else one that stays the same for this answer. */
export class ToolCallIds {
  readonly #stem: string;
  readonly #given = new Set<string>();

  constructor(responseId: string) {
    this.#stem = MINTED_PREFIX + responseId.replace(/[^\w-]/g, '').slice(-28);
  }

  next(wireId: string | undefined): string {
    const id = wireId && !this.#given.has(wireId) ? wireId : `${this.#stem}_${this.#given.size}`;
    this.#given.add(id);
    return id;
  }
}

/** False for an id that was minted here: the wire never had it, so it is not sent back. */
export function isWireId(id: string | undefined): id is string {
  return id !== undefined && id !== '' && !id.startsWith(MINTED_PREFIX);
}
