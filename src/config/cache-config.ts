import type { CacheStore } from '../cache/cache-store.ts';

/** Answers calls that were asked before. */
export interface CacheConfig {
  /** How long an answer is kept: `'90s'`, `'15m'`, `'24h'`, `'7d'`, or milliseconds. */
  ttl: string | number;
  /** `exact` (default): calls that are the same. `semantic`: questions that mean the same, too. */
  mode?: 'exact' | 'semantic' | undefined;
  /**
   * Who shares answers: callers with the same value of a dimension, or of all of a list; default `team`. A caller without it
   * shares with itself alone, and one of whom nothing is known has no cache. `shared`: everybody with everybody.
   */
  scope?: string | readonly string[] | undefined;
  /** Globs over caller dimensions, `model` and `operation`; all must match. Default: every call. */
  match?: Record<string, string | readonly string[]> | undefined;
  /** `memory` (default), an instance of `keyv` with any adapter, or an object with `get` and `set`. */
  store?: 'memory' | CacheStore | undefined;
  /** What all answers may take in memory, in bytes; default 67 108 864 (64 MiB). */
  maxBytes?: number | undefined;
  /** What one answer may take, in bytes; default 1 048 576 (1 MiB). A larger one is not kept. */
  maxEntryBytes?: number | undefined;
  /** Makes one of calls that are the same and under way at the same time; default true. */
  coalesce?: boolean | undefined;
  /** Whether a hit counts in limits on `requests` and in usage reports; default false. It is free in any case. */
  countHits?: boolean | undefined;
  /** How long a store outside may take before it is passed over, in milliseconds; default 100. */
  storeTimeoutMs?: number | undefined;
  /** Of mode `semantic`, which needs it. */
  semantic?: SemanticCacheConfig | undefined;
}

/** Answers by the meaning of a question, beside those by its very words. */
export interface SemanticCacheConfig {
  /** Model that makes the embeddings; charged to the caller. */
  model: string;
  /** Least cosine similarity of two questions, above 0 and at most 1; default 0.9. */
  threshold?: number | undefined;
  /**
   * In place of `threshold`: largest share of questions that may get a wrong answer by their meaning, above 0 and below 1,
   * such as 0.01. Each kept answer learns how near a question has to be, from questions that are asked anew.
   */
  maxErrorRate?: number | undefined;
  /** Whether numbers, names, units, negations and all words of content must agree as well; default true. */
  gate?: boolean | undefined;
  /** Questions that are remembered, in memory; default 10 000. */
  maxEntries?: number | undefined;
  /** Takes conversations too, if all but the last question is the same; default false. */
  conversations?: boolean | undefined;
  /** Takes calls with tools too; default false. */
  tools?: boolean | undefined;
}
