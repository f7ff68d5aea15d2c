import type { Caller } from '../../core/caller.ts';
import type { Clock } from '../../core/clock.ts';
import { mintId } from '../../core/random.ts';
import { Run, runsOf } from '../../core/run.ts';
import { checkRunLimits, type RunLimits, type RunReport } from '../../core/run-limits.ts';
import type { RunsAround } from '../../core/runs-around.ts';
import type { Emitter } from '../../events/emitter.ts';
import { outsideCalls } from '../../events/event-base.ts';
import type { RunEndEvent } from '../../events/event-map.ts';

/** A run of `for` is no longer listed when it was not used for so long, in milliseconds: an hour. Its limits stay. */
const IDLE_MS = 3_600_000;
/** Runs of `for` that are listed at most; beyond it the oldest goes. */
const MOST_OPEN = 10_000;
/** New runs look so often at all others for idle ones, in milliseconds. */
const SWEEP_EVERY_MS = 60_000;

/** The runs with limits in this process: begins and ends them, and knows the one around the code that is running. */
export class RunBook {
  readonly #clock: Clock;
  readonly #events: Emitter;
  /** Runs of a function end with it. */
  readonly #ofFunctions = new Set<Run>();
  /** Those of `for` have no end of their own. In the order they were made. */
  readonly #ofClones = new Set<Run>();
  readonly #around: RunsAround;
  #sweepAt = 0;

  constructor({ clock, events }: { readonly clock: Clock; readonly events: Emitter }, around: RunsAround) {
    this.#clock = clock;
    this.#events = events;
    this.#around = around;
  }

  /** The runs around the code that is running. */
  get around(): readonly Run[] | undefined {
    return this.#around.current;
  }

  /** Runs `fn` inside of a new run, which ends with it, or when what it promised has come. Throws for limits that are none. */
  inside<T>(caller: Caller, limits: RunLimits, own: Run | undefined, fn: () => T): T {
    const run = this.#begin(caller, limits, own);
    this.#ofFunctions.add(run);
    let result: T;
    try {
      result = this.#around.within(run.chain, fn);
    } catch (error) {
      this.#end(run, 'error');
      throw error;
    }
    const coming = whenItCame(result);
    if (coming === undefined) this.#end(run, 'success');
    else
      coming.then(
        () => this.#end(run, 'success'),
        () => this.#end(run, 'error'),
      );
    return result;
  }

  /** A run for the calls of a clone. Throws for limits that are none. */
  forClone(caller: Caller, limits: RunLimits, own: Run | undefined): Run {
    const run = this.#begin(caller, limits, own);
    if (this.#clock.now() >= this.#sweepAt) this.#sweep();
    this.#endOldest();
    this.#ofClones.add(run);
    return run;
  }

  list(caller: Caller | undefined): RunReport[] {
    this.#sweep();
    const open = [...this.#ofFunctions, ...this.#ofClones];
    return open.filter((run) => caller === undefined || run.caller === caller).map((run) => run.report());
  }

  #begin(caller: Caller, limits: RunLimits, own: Run | undefined): Run {
    checkRunLimits(limits);
    const parents = runsOf(own, this.around) ?? [];
    const run = new Run(limits.id ?? mintId('run'), limits, caller, parents, this.#clock.now());
    this.#events.emit('run.start', () => ({
      ...{ type: 'run.start', ...this.#base(run), parent: run.parent, limits: { ...run.limits } },
    }));
    return run;
  }

  #end(run: Run, outcome: RunEndEvent['outcome']): void {
    this.#ofFunctions.delete(run);
    this.#ofClones.delete(run);
    const durationMs = this.#clock.now() - run.startedAt;
    this.#events.emit('run.end', () => ({
      ...{ type: 'run.end', ...this.#base(run), outcome, durationMs, totals: run.totals() },
    }));
  }

  #sweep(): void {
    const now = this.#clock.now();
    this.#sweepAt = now + SWEEP_EVERY_MS;
    for (const run of this.#ofClones) if (run.usedAt <= now - IDLE_MS) this.#end(run, 'idle');
  }

  /** Makes room for one more. */
  #endOldest(): void {
    for (const run of this.#ofClones) {
      if (this.#ofClones.size < MOST_OPEN) return;
      this.#end(run, 'idle');
    }
  }

  #base({ id, caller }: Run) {
    return { ...outsideCalls(this.#clock.now(), caller), run: id };
  }
}

/** Of a promise of the client the response is waited for, whose body stays unread; undefined if nothing is to come. */
function whenItCame(result: unknown): PromiseLike<unknown> | undefined {
  if (typeof result !== 'object' || result === null) return undefined;
  const { asResponse, then } = result as { asResponse?: unknown; then?: unknown };
  if (typeof then !== 'function') return undefined;
  return typeof asResponse === 'function' ? (asResponse.call(result) as Promise<unknown>) : (result as PromiseLike<unknown>);
}
