import type { GuardQuestion } from './guard.ts';

/** What the gateway itself asks for a call: a guard's question about it, or a vector for its cache. */
export type QuestionKind = GuardQuestion | 'embedding';

/** What a call is that the gateway makes for another one. */
export interface Question {
  readonly kind: QuestionKind;
  /** Id of the call that it is asked for. */
  readonly of: string;
}
