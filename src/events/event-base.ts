import { ANONYMOUS, type Caller } from '../core/caller.ts';
import type { Operation } from '../core/operation.ts';

/**
 * Fields of every event. Times are milliseconds (`at` since the epoch), money is dollars. Errors and failures are told by
 * codes, kinds, statuses and in the gateway's own words: an upstream's or a store's text, which may repeat the prompt, is
 * the caller's alone. With `captureContent` a failure's message is the upstream's.
 */
export interface EventBase<T extends string> {
  /** Name of the event. */
  readonly type: T;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Id of the call; empty if the event is of no one call. */
  readonly requestId: string;
  /** Who made the call. */
  readonly caller: Caller;
  /** Name that was asked for. */
  readonly model: string;
  /** What was asked for: a chat, an embedding, …. */
  readonly operation: Operation;
}

/** The fields that tell whose event it is. */
export function eventBase<Of extends string>(
  { requestId, caller, model, operation }: Omit<EventBase<string>, 'type' | 'at' | 'operation'> & { readonly operation: Of },
  at: number,
) {
  return { at, requestId, caller, model, operation };
}

/** The fields of an event that belongs to no call. */
export function outsideCalls(at: number, caller: Caller = ANONYMOUS) {
  return { at, requestId: '', caller, model: '', operation: 'passthrough' as const };
}
