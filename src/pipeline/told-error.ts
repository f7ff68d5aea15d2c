import { APIError } from 'openai';
import type { CallRecord } from './call-record.ts';

/** Whoever is to know which call an error belongs to that its caller sees. */
export interface FailureWitness {
  /** The caller will see `error`; `record` tells how it came about. */
  failed(error: unknown, record: CallRecord): void;
}

/** An error as the caller of a call is to see it: with what was tried, and known to belong to that call. */
export function toldError<T>(error: T, record: CallRecord, witness: FailureWitness): T {
  if (error instanceof APIError && !('attempts' in error)) Object.assign(error, { attempts: record.attempts.slice() });
  witness.failed(error, record);
  return error;
}
