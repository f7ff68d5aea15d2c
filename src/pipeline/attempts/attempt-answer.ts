import type { Attempt } from './attempt.ts';
import type { OpenStream } from './open-stream.ts';

interface SentHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** What an attempt that answered has: the whole answer, already accounted for, or a stream at its commit. */
export type AttemptAnswer =
  | (SentHead & {
      readonly kind: 'object';
      readonly body: unknown;
      readonly attempt: Attempt;
      readonly finishReason: string | undefined;
    })
  | (SentHead & { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly attempt: Attempt })
  | (SentHead & { readonly kind: 'stream'; readonly open: OpenStream; readonly attempt: Attempt })
  | (SentHead & { readonly kind: 'chunks'; readonly open: OpenStream; readonly attempt: Attempt });
