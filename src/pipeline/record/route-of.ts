import type { Route } from '../../core/route.ts';
import type { CallRecord } from './call-record.ts';

/** A base class whose constructor gives back what it is given, so that a private field of a subclass is added to that. */
const Given = function given(value: object) {
  return value;
} as unknown as new (
  value: object,
) => object;

/** The record in a private field of the result itself: invisible to everybody, and less work than an entry of a `WeakMap`. */
class Recorded extends Given {
  #record: CallRecord;

  private constructor(value: object, record: CallRecord) {
    super(value);
    this.#record = record;
  }

  static attach(value: object, record: CallRecord): void {
    if (#record in value) value.#record = record;
    else new Recorded(value, record);
  }

  static of(value: object): CallRecord | undefined {
    return #record in value ? value.#record : undefined;
  }
}

/** Notes whose call a result, stream or error belongs to. */
export function attachRecord(value: unknown, record: CallRecord): void {
  if (typeof value === 'object' && value !== null) Recorded.attach(value, record);
}

/** A result made of another one keeps its call. */
export function carryRecord(from: unknown, to: unknown): void {
  if (from === to || typeof from !== 'object' || from === null) return;
  const record = Recorded.of(from);
  if (record) attachRecord(to, record);
}

/**
 * How a call really went: for a returned object, a stream (complete once it has ended) or an error of a gateway.
 * Undefined for anything else.
 */
export function routeOf(result: unknown): Route | undefined {
  return typeof result === 'object' && result !== null ? Recorded.of(result)?.route() : undefined;
}
