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
  /** Default: what the healthy second deployment says, where there is no error. */
  readonly text?: string;
  readonly error?: { readonly name?: string; readonly code?: string | null; readonly status?: number | undefined };
  /** What the budgets were charged; 15 tokens is what the healthy deployment reports. */
  readonly requests: number;
  readonly tokens?: number | 'estimated';
  /** The first deployment's sockets are closed in the end. */
  readonly closed?: boolean;
  readonly check?: (result: Result, house: House) => void | Promise<void>;
}
