import type { Failure } from './failure.ts';

/** What an attempt came to: a value, or its failure as data. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };
