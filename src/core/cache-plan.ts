/** Where answers are kept and for whom, normalised; `config.cache`. */
export interface CachePlan {
  /** How long an answer is kept, in milliseconds. */
  readonly ttlMs: number;
  readonly scope: CacheScope;
  /** Globs over caller dimensions, `model` and `operation`; all must match. Empty: every call. */
  readonly match: Readonly<Record<string, readonly string[]>>;
  /** What all answers in memory may take, in bytes. */
  readonly maxBytes: number;
  /** What one answer may take, in bytes. */
  readonly maxEntryBytes: number;
  /** Calls that are the same and under way at the same time become one. */
  readonly coalesce: boolean;
  /** A hit counts as a request. */
  readonly countHits: boolean;
  /** How long a store outside may take before it is passed over, in milliseconds. */
  readonly storeTimeoutMs: number;
  /** Undefined: only calls that are the same are answered. */
  readonly semantic: SemanticPlan | undefined;
}

/** `private`: callers share what is kept if they have all of these dimensions, each with the same value. */
export type CacheScope = { readonly kind: 'shared' } | { readonly kind: 'private'; readonly dimensions: readonly string[] };

export interface SemanticPlan {
  /** Model that makes the embeddings. */
  readonly model: string;
  /** Least cosine similarity of two questions, above 0 and at most 1. */
  readonly threshold: number;
  /**
   * Largest share of questions that may get a wrong answer by their meaning; each kept answer learns how near a question
   * has to be. Undefined: the threshold alone decides.
   */
  readonly maxErrorRate?: number | undefined;
  /** Whether the words of two questions must agree as well. */
  readonly gate: boolean;
  /** Questions that are remembered. */
  readonly maxEntries: number;
  /** Takes conversations too: all but the last question must be the same. */
  readonly conversations: boolean;
  /** Takes calls with tools too. */
  readonly tools: boolean;
}
