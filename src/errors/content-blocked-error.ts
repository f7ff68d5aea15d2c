import { BadRequestError } from 'openai';
import type { GuardFindingCount, GuardSide } from '../core/guard.ts';

/** A guard refuses what goes in or comes out; it tells what kind of thing was found, never the text. */
export class ContentBlockedError extends BadRequestError {
  override readonly name = 'ContentBlockedError';
  override readonly code = 'content_blocked';
  /** Name of the guard. */
  readonly guard: string;
  readonly on: GuardSide;
  /** Kinds of what was found, and how often. */
  readonly findings: readonly GuardFindingCount[];

  constructor(guard: string, on: GuardSide, findings: readonly GuardFindingCount[], reason?: string) {
    const kinds = findings.map(({ kind }) => kind).join(', ');
    const message = `the guard '${guard}' refuses the ${on}: ${reason ?? kinds}`;
    super(
      400,
      { message, type: 'invalid_request_error', code: 'content_blocked', param: null },
      message,
      new Headers({ 'x-should-retry': 'false' }),
    );
    this.guard = guard;
    this.on = on;
    this.findings = findings;
  }
}
