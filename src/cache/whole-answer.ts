/** A whole answer, as the provider gave it and guards let it pass. */
export type WholeAnswer =
  | { readonly kind: 'object'; readonly body: unknown }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly contentType: string };

/** Facts beside an answer. */
export interface AnswerFacts {
  readonly status: number;
  /** Id of the deployment that answered. An answer of a model that was fallen back to is not kept. */
  readonly deployment: string;
  /** What the call cost; undefined if no price is known. */
  readonly costNanoUsd: number | undefined;
}
