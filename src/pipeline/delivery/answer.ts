import type { Attempt } from '../attempts/attempt.ts';
import type { CallRecord } from '../record/call-record.ts';

/** A call's answer with the record of how it came about. */
export type Answer = {
  readonly record: CallRecord;
  /** As the upstream sent them: whoever hands them on asks the attempt which. */
  readonly headers: Readonly<Record<string, string>>;
  readonly status: number;
  /** The attempt that answered, which knows the credentials that its headers may repeat. */
  readonly attempt: Pick<Attempt, 'handedOn' | 'passes'>;
} & (
  | { readonly kind: 'object'; readonly body: unknown }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** `chunks`: bytes as they come, `stream`: OpenAI's items. */
  | { readonly kind: 'stream'; readonly stream: AnswerStream }
  | { readonly kind: 'chunks'; readonly stream: AnswerStream }
);

/** An answer's items as they come. A reader that stops says so, by `return`. */
export interface AnswerStream {
  next(): Promise<IteratorResult<unknown, undefined>>;
  return(): Promise<IteratorResult<unknown, undefined>>;
}
