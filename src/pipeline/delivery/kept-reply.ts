import type { KeptAnswer } from '../../cache/kept-answer.ts';
import type { Answer } from './answer.ts';

/** An answer from the cache, as an attempt would have brought it whole. */
export type KeptReply = Pick<Answer, 'status' | 'headers' | 'attempt'> &
  (
    | { readonly kind: 'object'; readonly body: unknown; readonly finishReason: string | undefined }
    | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  );

export function toReply(kept: KeptAnswer): KeptReply {
  const head = { status: 200, headers: { 'content-type': kept.contentType }, attempt: NO_ATTEMPT };
  if (kept.kind === 'bytes') return { ...head, kind: 'bytes', bytes: kept.bytes() };
  const body = kept.body();
  return { ...head, kind: 'object', body, finishReason: finishReasonOf(body) };
}

/** Stands for the attempt that there was not: the headers are our own, and no credential was used that they might repeat. */
const NO_ATTEMPT: Answer['attempt'] = {
  handedOn: (headers) => ({ ...headers }),
  passes: () => true,
};

function finishReasonOf(body: unknown): string | undefined {
  const { choices, status } = body as { choices?: readonly { finish_reason?: string }[]; status?: string };
  return choices?.[0]?.finish_reason ?? status;
}
