import type { Usage } from './usage.ts';

/** What a failed attempt means; the kind says what to do next (see `failover/table.ts`). */
export type FailureKind =
  | 'transient'
  | 'timeout'
  | 'overloaded'
  | 'rate-limited'
  | 'quota-exhausted'
  | 'credential-rejected'
  | 'model-unavailable'
  | 'context-too-long'
  | 'content-refused'
  | 'request-invalid'
  | 'invalid-response'
  | 'aborted';

/** An attempt's error as data. Holds no key: what came from outside passed the redactor before anybody sees it. */
export interface Failure {
  readonly kind: FailureKind;
  /** For the caller: the upstream's own text if it gave one, which may repeat what it was sent. */
  readonly message: string;
  /** For listeners, if more can be said in our own words than the kind says; never a text of the upstream's. */
  readonly words?: string | undefined;
  /** The provider's code, else the transport's, else the kind; never empty. */
  readonly code: string;
  /** HTTP status of the upstream's answer, if there was one. */
  readonly status?: number | undefined;
  /** The provider's error type and offending parameter, if it names them. */
  readonly type?: string | undefined;
  readonly param?: string | undefined;
  /** How long the provider asks to wait, in milliseconds from the moment of the failure. */
  readonly retryAfterMs?: number | undefined;
  /** The provider's own word on trying again (`x-should-retry`). */
  readonly shouldRetry?: boolean | undefined;
  /** False if the request provably never reached the provider. */
  readonly reachedProvider: boolean;
  /** True if a reused socket closed before any byte of the answer came: sent again once, uncounted. */
  readonly staleSocket?: boolean | undefined;
  /** True if the provider had taken the request with success, so that another one might do it twice. */
  readonly isFinal?: boolean | undefined;
  /** True if the provider had begun a whole answer with success, which then broke off: it is paid for. */
  readonly brokeOff?: boolean | undefined;
  /** Usage that the provider reported in spite of the failure. */
  readonly usage?: Usage | undefined;
  /** Response headers that are for a client (request id, rate limits, retry hints): those of `core/answer-headers.ts`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly cause?: unknown;
}

/** The end of an attempt that nobody waits for any more; the provider may have been at work on it. */
export function aborted(words: string): Failure {
  return { kind: 'aborted', code: 'aborted', message: words, words, reachedProvider: true };
}

/** A failure in our own words: what listeners are told, since an upstream's text may repeat the prompt. */
export function inOwnWords({ kind, words, status }: Failure, code: string): string {
  if (words !== undefined) return words;
  const facts = [code === kind.replaceAll('-', '_') ? undefined : code, status].filter((fact) => fact !== undefined);
  return facts.length === 0 ? SENTENCES[kind] : `${SENTENCES[kind]} (${facts.join(', ')})`;
}

const SENTENCES: Readonly<Record<FailureKind, string>> = {
  transient: 'the provider failed',
  timeout: 'the provider did not answer in time',
  overloaded: 'the provider is overloaded',
  'rate-limited': 'the provider limits the rate of requests',
  'quota-exhausted': "the account's quota at the provider is used up",
  'credential-rejected': 'the provider refused the credential',
  'model-unavailable': 'the provider does not have the model',
  'context-too-long': "the input is longer than the model's context",
  'content-refused': 'the provider refused the content',
  'request-invalid': 'the provider refused the request',
  'invalid-response': 'the provider gave no valid answer',
  aborted: 'the call was aborted',
};
