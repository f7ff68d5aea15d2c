import type { FailureKind } from 'tollgate';
import type { House, HouseOptions, Result } from '../harness.ts';

/** A row of the fault table, or several that one upstream shows. */
export interface FaultCase {
  readonly rows: readonly number[];
  /** What must happen. */
  readonly name: string;
  readonly house: HouseOptions;
  readonly stream?: boolean;
  readonly params?: object;
  readonly options?: object;
  readonly before?: (house: House) => Promise<unknown>;
  /** How each attempt ends, in their order. */
  readonly attempts: readonly (FailureKind | 'ok')[];
  /** Default: what the healthy second deployment says, if there is no error. */
  readonly text?: string;
  readonly error?: { readonly name?: string; readonly code?: string | null; readonly status?: number | undefined };
  /** Attempts that reached a provider, with those of the calls before. */
  readonly requests: number;
  /** Requests that the budget was charged. Default: one, if an attempt reached a provider. */
  readonly calls?: number;
  /** What the budget was charged; 15 is what the healthy deployment reports. */
  readonly tokens?: number | 'estimated';
  /** The first deployment's sockets are closed in the end. */
  readonly closed?: boolean;
  readonly check?: (result: Result, house: House) => void | Promise<void>;
}

/** What the harness's prompt is taken for if nobody reported it: a provider that was left at work bills it. */
export const ESTIMATED_INPUT = 6;
