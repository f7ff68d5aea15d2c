import type { Caller } from './caller.ts';
import type { Operation } from './operation.ts';
import type { Params } from './params.ts';

/** What a routing strategy may know of the call that it orders deployments for. */
export interface CallFacts {
  readonly requestId: string;
  readonly operation: Operation;
  readonly caller: Caller;
  /** The name the caller asked for. */
  readonly model: string;
  readonly params: Params;
  readonly stream: boolean;
  /** Tags that narrow the deployments, beside the caller's. */
  readonly tags?: readonly string[] | undefined;
  /** If calls queue; wins over the caller's. */
  readonly priority?: 'high' | 'normal' | 'low' | undefined;
}
