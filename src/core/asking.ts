import type { Call } from './call.ts';
import type { Cancellation } from './cancellation.ts';
import type { Params } from './params.ts';
import type { QuestionKind } from './question.ts';

/** A call that something is asked for, as far as a question takes after it: its caller pays, inside of its runs. */
export type AskingCall = Pick<Call, 'requestId' | 'caller' | 'plan' | 'runs' | 'tags' | 'priority' | 'cache' | 'deadlineMs'>;

/** A step of a call that asks something, for as long as it may wait. */
export interface Asking {
  readonly call: AskingCall;
  readonly cancellation: Cancellation;
}

/** What a step of a call wants to know of a model. */
export interface ModelQuestion {
  readonly kind: QuestionKind;
  readonly operation: 'chat' | 'responses' | 'embeddings';
  readonly model: string;
  /** Without the model. */
  readonly params: Params;
}

/** Asks a model through the gateway itself; gives the body of its answer. Rejects as any call does. */
export type AskModel = (question: ModelQuestion, asking: Asking) => Promise<unknown>;
