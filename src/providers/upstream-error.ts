import { placedAs, REDACTED, type Redactable } from '../core/redact-error.ts';
import type { Redactor } from '../core/redactor.ts';
import type { Usage } from '../core/usage.ts';

/**
 * What an upstream answered instead of a result: a status outside 2xx, an error object inside a 200, an error event
 * inside a stream, or an answer that is none. A provider's `failure.ts` turns it into a `Failure`.
 */
export class UpstreamError extends Error implements Redactable {
  override readonly name = 'UpstreamError';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed body, else its text (at most 2,000 characters). */
  declare readonly body: unknown;
  readonly reason: UpstreamErrorReason;
  /** Usage that a stream had reported before it failed; what the body itself reports is not in it. */
  declare usage?: Usage | undefined;

  constructor(
    reason: UpstreamErrorReason,
    status: number,
    headers: Readonly<Record<string, string>>,
    body: unknown,
    message?: string,
  ) {
    super(message ?? `upstream answered ${status} (${reason})`);
    this.reason = reason;
    this.status = status;
    this.headers = headers;
    // It may hold anything, so that printing the error does not print it.
    Object.defineProperty(this, 'body', { value: body });
  }

  [REDACTED](redactor: Redactor): UpstreamError {
    const { name: _name, reason, status, headers, ...further } = this;
    const { body, message } = this;
    const copy = new UpstreamError(reason, status, redactor.headers(headers), redactor.body(body), redactor.text(message));
    return placedAs(Object.assign(copy, redactor.body(further)), this);
  }
}

/** How a provider said no. */
export type UpstreamErrorReason =
  /** A status outside 2xx. */
  | 'status'
  /** An error object in the body of a 200. */
  | 'error-in-answer'
  /** An error event or item in a stream. */
  | 'error-in-stream'
  /** A body that is not the wire's answer: HTML, cut JSON, no choices. */
  | 'not-an-answer'
  /** A stream that closed without its terminal marker. */
  | 'truncated';
