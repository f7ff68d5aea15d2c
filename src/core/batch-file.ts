import type { PriceOverride } from './deployment.ts';

/** What the requests in an input file may come to, measured when it was uploaded. Money at the prices of that moment. */
export interface BatchFile {
  /** The models that its lines name. */
  readonly models: readonly BatchModel[];
  /** An upper bound, and what is to be expected. */
  readonly strict: BatchAmounts;
  readonly expected: BatchAmounts;
  /** `provider/model` of a line whose price is not known. */
  readonly unpriced: string | undefined;
  /** Tools of the vendor's that its lines offer; undefined in older notes. */
  readonly tools?: readonly { readonly name: string }[] | undefined;
}

export interface BatchModel {
  /** As the provider knows it. */
  readonly upstreamModel: string;
  /** The one its deployment was given. */
  readonly price?: PriceOverride | undefined;
}

export interface BatchAmounts {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Undefined if a line has no known price. */
  readonly costNanoUsd: number | undefined;
}
