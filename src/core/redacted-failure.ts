import type { Failure } from './failure.ts';
import { redactedError } from './redact-error.ts';
import type { Redactor } from './redactor.ts';
import { TransportError } from './transport-error.ts';

/** A failure as it may be seen: every text, header and cause of it passed the redactor. Never throws. */
export function redactedFailure(failure: Failure, redactor: Redactor): Failure {
  const { kind, code, message, words, type, param, headers, cause } = failure;
  // A provider of the user's own may be written in JavaScript.
  const told = (text: unknown) => (typeof text === 'string' ? redactor.text(text) : undefined);
  return {
    ...failure,
    code: typeof code === 'string' && code !== '' && redactor.passes(code) ? code : kind.replaceAll('-', '_'),
    message: told(message) ?? kind,
    // The transport has no words but our own.
    words: told(words ?? (cause instanceof TransportError ? cause.message : undefined)),
    type: told(type),
    param: told(param),
    headers: typeof headers === 'object' && headers !== null ? redactor.headers(headers) : undefined,
    cause: cause === undefined ? undefined : redactedError(cause, redactor),
  };
}
