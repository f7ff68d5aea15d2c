import type { Failure, FailureKind } from '../core/failure.ts';
import type { Usage } from '../core/usage.ts';

/** What a scripted provider does with one attempt. All take `delayMs`: a wait before anything is answered. */
export type ScriptedOutcome = { readonly delayMs?: number | undefined } & (
  | ScriptedText
  | ScriptedBody
  | ScriptedStream
  | ScriptedFailure
  | ScriptedSilence
);

/** An answer of chat with this text, or of the Responses API if that was called; in one piece if the call streams. */
export interface ScriptedText {
  readonly text: string;
  /** Default: 10 tokens in, 5 out. Null reports none. */
  readonly usage?: Partial<Usage> | null | undefined;
  readonly finishReason?: string | undefined;
}

/** A whole answer of any operation, as OpenAI's API would give it. */
export interface ScriptedBody {
  readonly body: object;
}

/** Pieces one after another; a regular end with finish reason and usage follows unless one of them ends the stream. */
export interface ScriptedStream {
  readonly pieces: readonly ScriptedPiece[];
  readonly usage?: Partial<Usage> | null | undefined;
}

/** A piece of a scripted stream. */
export type ScriptedPiece =
  /** A delta of text. */
  | string
  /** A stream item as it is. */
  | { readonly item: object }
  | { readonly pauseMs: number }
  /** The stream breaks here. */
  | { readonly cut: FailureKind }
  /** Nothing comes any more. */
  | 'stall';

/** A failure of this kind. */
export interface ScriptedFailure extends Omit<Partial<Failure>, 'kind' | 'cause'> {
  readonly fail: FailureKind;
}

/** No answer until the attempt is ended. */
export interface ScriptedSilence {
  readonly never: true;
}
