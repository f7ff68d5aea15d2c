import type { Failure } from '../core/failure.ts';

/** Carries a scripted failure to `classify`. */
export class FailedByScript extends Error {
  override readonly name = 'FailedByScript';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}
