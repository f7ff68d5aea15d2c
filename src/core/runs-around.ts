import { AsyncLocalStorage } from 'node:async_hooks';
import type { Run } from './run.ts';

interface Surroundings {
  readonly runs: readonly Run[];
  /** What was around the call whose line this is; undefined: nothing, or it is no line. */
  readonly called?: Surroundings | undefined;
}

/**
 * The runs around the code that is running, of one gateway: the code of `gateway.run`, and whatever code of the user's own
 * the line of a call runs.
 */
export class RunsAround {
  /** There from the first run on: a process without one has nothing to carry across its promises. */
  #storage: AsyncLocalStorage<Surroundings | undefined> | undefined;

  get current(): readonly Run[] | undefined {
    return this.#storage?.getStore()?.runs;
  }

  /** What `work` calls, and what it goes on with later, is inside of these runs. */
  within<T>(runs: readonly Run[], work: () => T): T {
    this.#storage ??= new AsyncLocalStorage();
    return this.#storage.run({ runs }, work);
  }

  /** The same for the line of a call, which is inside of them. */
  withinLine<T>(runs: readonly Run[], line: () => T): T {
    this.#storage ??= new AsyncLocalStorage();
    return this.#storage.run({ runs, called: this.#storage.getStore() }, line);
  }

  /** What `work` calls is where the call was made whose line this is. */
  asCalled<T>(work: () => T): T {
    const storage = this.#storage;
    return storage === undefined ? work() : storage.run(storage.getStore()?.called, work);
  }

  /** What `work` calls is inside of no run, whatever is around it. */
  outside(work: () => void): void {
    if (this.current === undefined) work();
    else this.#storage?.run(undefined, work);
  }
}
