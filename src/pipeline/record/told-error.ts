import { APIError } from 'openai';
import type { CallRecord } from './call-record.ts';
import { attachRecord } from './route-of.ts';

/** An error as the caller of a call is to see it: with what was tried, and known to belong to that call. */
export function toldError<T>(error: T, record: CallRecord): T {
  if (error instanceof APIError && !('attempts' in error)) Object.assign(error, { attempts: record.attempts.slice() });
  attachRecord(error, record);
  return error;
}
