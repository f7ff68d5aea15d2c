import type { Route } from '../core/route.ts';
import type { CallRecord } from '../pipeline/call-record.ts';

const records = new WeakMap<object, CallRecord>();

/** Notes whose call a result, stream or error belongs to. */
export function attachRecord(value: unknown, record: CallRecord): void {
  if (typeof value === 'object' && value !== null) records.set(value, record);
}

/** A result made of another one keeps its call. */
export function carryRecord(from: unknown, to: unknown): void {
  if (from === to || typeof from !== 'object' || from === null) return;
  const record = records.get(from);
  if (record) attachRecord(to, record);
}

/**
 * How a call really went: for a returned object, a stream (complete once it has ended) or an error of a gateway.
 * Undefined for anything else.
 */
export function routeOf(result: unknown): Route | undefined {
  return typeof result === 'object' && result !== null ? records.get(result)?.route() : undefined;
}
