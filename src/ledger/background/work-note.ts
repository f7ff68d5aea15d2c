import type { BatchFile, BatchModel } from '../../core/batch-file.ts';
import type { Caller } from '../../core/caller.ts';
import type { PriceOverride } from '../../core/deployment.ts';
import type { Operation, OperationCost } from '../../core/operation.ts';
import type { Usage } from '../../core/usage.ts';
import type { KeptReservation } from '../ledger.ts';

/** What is noted of work under way: who began it, what is held, and how its end is priced. No prompt, no key. */
export interface OpenWork {
  readonly kind: 'open';
  readonly call: { readonly requestId: string; readonly caller: Caller; readonly model: string; readonly operation: Operation };
  readonly cost: OperationCost;
  readonly deployment: NotedDeployment;
  /** Models of a batch, any of which may have answered. */
  readonly models: readonly BatchModel[];
  /** What the input probably is, for an end that tells no usage. */
  readonly inputTokens: number;
  /** What was reserved, for an end that tells nothing at all. */
  readonly bound: { readonly inputTokens: number; readonly outputTokens: number; readonly costNanoUsd?: number | undefined };
  /** What earlier attempts of the call used. */
  readonly before: { readonly usage: Usage; readonly costNanoUsd?: number | undefined };
  readonly held: readonly HeldForWork[];
  /** When the lease ends and charges all that is held. */
  readonly lapsesAt: number;
}

/** `call`: settled to all attempts of the call; `work`: to what the work used; `requests`: to its requests; `none`: given back. */
export type HeldForWork = KeptReservation & {
  readonly for: 'call' | 'work' | 'requests' | 'none';
  readonly requests: number;
};

export interface NotedDeployment {
  readonly id: string;
  readonly provider: string;
  readonly vendor: string;
  readonly upstreamModel: string;
  readonly price?: PriceOverride | undefined;
}

/** What was settled stays noted, so that a later look at it changes nothing. */
export type Note =
  | OpenWork
  | { readonly kind: 'settled' }
  | { readonly kind: 'file'; readonly file: BatchFile }
  /** Under an id alone: where it is. */
  | { readonly kind: 'place'; readonly provider: string };

/** Grows with the form of the notes; another version's are left alone. */
const VERSION = 1;

export function writeNote(note: Note): string {
  return JSON.stringify({ v: VERSION, ...note });
}

/** Undefined for a text that is no note of this version. */
export function readNote(text: string | undefined): Note | undefined {
  if (text === undefined) return undefined;
  try {
    const note = JSON.parse(text) as Note & { v?: number };
    return note.v === VERSION ? note : undefined;
  } catch {
    return undefined;
  }
}
