import type { BatchFile } from './batch-file.ts';
import type { CacheWish } from './cache-wish.ts';
import type { CallFacts } from './call-facts.ts';
import type { Cancellation } from './cancellation.ts';
import type { OperationCost } from './operation.ts';
import type { OutputBound } from './output-limit.ts';
import type { Passthrough } from './passthrough.ts';
import type { ModelPlan, Plan } from './plan.ts';
import type { Question } from './question.ts';
import type { Run } from './run.ts';
import type { Upload } from './upload.ts';

/** One logical request of a caller on its way through the gateway. Immutable; a downgrade makes a new one. */
export interface Call extends CallFacts {
  /** The runs that it is inside of, the innermost first; undefined outside of any that has limits. */
  readonly runs?: readonly Run[] | undefined;
  /** What the name of its model stands for. */
  readonly modelPlan: ModelPlan;
  /** The configuration at the start of the call; an update meanwhile does not change it. */
  readonly plan: Plan;
  /** What budgets make of the limits on each answer; undefined if none bounds the output. */
  readonly outputBound?: OutputBound | undefined;
  readonly form?: FormData | undefined;
  /** Body that is sent as it comes. */
  readonly upload?: Upload | undefined;
  /** How many bytes of JSON its body had, if it came over HTTP and is large. */
  readonly largeBytes?: number | undefined;
  /** The caller takes an answer of bytes as they come. */
  readonly asBytes?: boolean | undefined;
  /** Query that the caller adds to the path of a known operation. */
  readonly query?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What the call asks of the cache; undefined: as configured. */
  readonly cache?: CacheWish | undefined;
  readonly passthrough?: Passthrough | undefined;
  /** Of a passthrough operation; every other is metered. */
  readonly cost?: OperationCost | undefined;
  /** What a new batch is made of, if the gateway has seen its input file. */
  readonly batch?: BatchFile | undefined;
  /**
   * What the gateway itself asks by this call for another one of the caller; undefined for what callers ask. No model is
   * asked about it, and one that asks for a verdict needs no access of its own.
   */
  readonly question?: Question | undefined;
  /** Cancelled by the caller's signal, the call's deadline, or the gateway's `close`. */
  readonly cancellation: Cancellation;
  /** Wall clock, milliseconds. */
  readonly startedAt: number;
  /** Monotonic clock, milliseconds. */
  readonly startedMonotonicMs: number;
  /** The caller's own limit over the whole call, in milliseconds; undefined if it set none. */
  readonly timeoutMs?: number | undefined;
  /** Monotonic time of the call's deadline. */
  readonly deadlineMs: number;
}
