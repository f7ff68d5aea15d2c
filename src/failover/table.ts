import type { Failure, FailureKind } from '../core/failure.ts';

/** What a failure of one kind means, in every respect that the gateway decides by. */
export interface FailureRule {
  /** Whether the same deployment may answer the same request a moment later. */
  readonly repeat: 'yes' | 'after-wait' | 'no';
  /** Whether another credential of the same provider is worth trying first. */
  readonly otherCredential: boolean;
  /** Which of the remaining candidates are tried. */
  readonly others: 'all' | 'larger-window' | 'none';
  /** The list of fallback models that takes over when the candidates are used up. */
  readonly fallback: 'default' | 'contextWindow' | 'contentFilter' | 'none';
  /**
   * What is taken out at once, and for how long; `retry-after` is as long as the provider said, if it said. Of an account
   * with one credential, or with its last one, the deployment is.
   */
  readonly cool: { readonly scope: 'credential' | 'deployment'; readonly forMs: number | 'retry-after' } | undefined;
  /** Whether it counts towards the consecutive and ratio rules of the deployment's cooldown. */
  readonly countsAgainstHealth: boolean;
}

/** Five minutes: what will not mend by itself is looked at again no sooner. */
export const LONG_COOLDOWN_MS = 300_000;

const MENDS_ITSELF: FailureRule = {
  repeat: 'yes',
  otherCredential: false,
  others: 'all',
  fallback: 'default',
  cool: undefined,
  countsAgainstHealth: true,
};

/** The decision table. Money is the same for all: a failed attempt is charged what the provider reported. */
export const FAILURE_RULES: Readonly<Record<FailureKind, FailureRule>> = {
  transient: MENDS_ITSELF,
  timeout: MENDS_ITSELF,
  overloaded: MENDS_ITSELF,
  'invalid-response': MENDS_ITSELF,
  'rate-limited': {
    repeat: 'after-wait',
    otherCredential: true,
    others: 'all',
    fallback: 'default',
    cool: { scope: 'credential', forMs: 'retry-after' },
    countsAgainstHealth: false,
  },
  'quota-exhausted': {
    repeat: 'no',
    otherCredential: true,
    others: 'all',
    fallback: 'default',
    cool: { scope: 'credential', forMs: LONG_COOLDOWN_MS },
    countsAgainstHealth: false,
  },
  'credential-rejected': {
    repeat: 'no',
    otherCredential: true,
    others: 'all',
    fallback: 'default',
    cool: { scope: 'credential', forMs: LONG_COOLDOWN_MS },
    countsAgainstHealth: false,
  },
  'model-unavailable': {
    repeat: 'no',
    otherCredential: false,
    others: 'all',
    fallback: 'default',
    cool: { scope: 'deployment', forMs: LONG_COOLDOWN_MS },
    countsAgainstHealth: false,
  },
  'context-too-long': {
    repeat: 'no',
    otherCredential: false,
    others: 'larger-window',
    fallback: 'contextWindow',
    cool: undefined,
    countsAgainstHealth: false,
  },
  'content-refused': {
    repeat: 'no',
    otherCredential: false,
    others: 'none',
    fallback: 'contentFilter',
    cool: undefined,
    countsAgainstHealth: false,
  },
  'request-invalid': {
    repeat: 'no',
    otherCredential: false,
    others: 'none',
    fallback: 'none',
    cool: undefined,
    countsAgainstHealth: false,
  },
  aborted: {
    repeat: 'no',
    otherCredential: false,
    others: 'none',
    fallback: 'none',
    cool: undefined,
    countsAgainstHealth: false,
  },
};

/** Whether it counts towards its deployment's cooldown by rule: a rate limit does if nobody says when it ends. */
export function countsAgainstHealth({ kind, retryAfterMs }: Failure): boolean {
  return FAILURE_RULES[kind].countsAgainstHealth || (kind === 'rate-limited' && retryAfterMs === undefined);
}
