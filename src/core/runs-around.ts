import { AsyncLocalStorage } from 'node:async_hooks';
import type { Run } from './run.ts';

/** The runs around the code that is running, of one gateway. */
export class RunsAround {
  /** There from the first run on: a process without one has nothing to carry across its promises. */
  #storage: AsyncLocalStorage<readonly Run[]> | undefined;

  get current(): readonly Run[] | undefined {
    return this.#storage?.getStore();
  }

  /** What `work` calls, and what it goes on with later, is inside of these runs. */
  within<T>(runs: readonly Run[], work: () => T): T {
    this.#storage ??= new AsyncLocalStorage();
    return this.#storage.run(runs, work);
  }
}
