import { readEnvironment } from '../config/environment.ts';
import { loadConfig } from '../config/load.ts';
import { type ConfigWatch, type FileAtLoad, watchConfig } from '../config/watch.ts';
import { redactedError } from '../core/redact-error.ts';
import { BY_LOOKS } from '../core/redactor.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { GatewayClosedError } from '../errors/gateway-closed-error.ts';
import { outsideCalls } from '../events/event-base.ts';
import type { Composition } from './composition/composition.ts';

const LONGEST_ENDING_MS = 1_000;

/** How a gateway's configuration changes, and how the gateway ends. */
export class Lifecycle {
  readonly #composition: Composition;
  readonly #watch: ConfigWatch | undefined;
  #closing: Promise<void> | undefined;
  #isOver = false;

  /** `file`: the one that the configuration came from; watched if the configuration says so. */
  constructor(composition: Composition, file: FileAtLoad | undefined) {
    this.#composition = composition;
    if (file === undefined || !composition.watches) return;
    const onError = (error: unknown) => this.#reportUpdate(composition.snapshot.plan.version, error);
    this.#watch = watchConfig(file, { onChange: () => this.#reload(file.path), onError }, composition.runtime.clock);
  }

  /** Whether no new call may begin. */
  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /** Whether the last call has ended after `close`, so that the store is closed or about to be. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Puts a configuration in force for the calls to come. Throws `ConfigurationError` and changes nothing if it is invalid. */
  update(config: unknown): void {
    if (this.#closing !== undefined) throw new GatewayClosedError();
    this.#reportUpdate(this.#composition.update(config).plan.version, undefined);
  }

  /** Stops admitting, lets calls end until the deadline, ends the rest, settles and frees everything. */
  close(deadlineMs: number): Promise<void> {
    this.#closing ??= this.#close(deadlineMs);
    return this.#closing;
  }

  async #close(deadlineMs: number): Promise<void> {
    this.#watch?.close();
    const { runtime } = this.#composition;
    const startedMs = runtime.clock.monotonicMs();
    // The first calls may still wait for what they need to load.
    await this.#composition.completing;
    await runtime.underWay.idle(deadlineMs);
    runtime.underWay.cancelAll(new GatewayClosedError());
    // What they used is settled as they end, which takes no longer than their cancellation.
    await runtime.underWay.idle(LONGEST_ENDING_MS);
    const leftMs = Math.max(0, deadlineMs - (runtime.clock.monotonicMs() - startedMs));
    this.#isOver = true;
    await this.#composition.close(leftMs);
  }

  /** A file that is invalid, or gone for a moment, changes nothing; the reason is reported. */
  #reload(path: string): void {
    try {
      this.update(loadConfig(path, readEnvironment()));
    } catch (error) {
      this.#reportUpdate(this.#composition.snapshot.plan.version, error);
    }
  }

  #reportUpdate(version: number, error: unknown): void {
    const { clock, events } = this.#composition.runtime;
    events.emit('config.update', () => ({
      type: 'config.update',
      ...outsideCalls(clock.now()),
      version,
      // Only a configuration's own error speaks of it without its values.
      error: error instanceof ConfigurationError ? error : redactedError(error, BY_LOOKS),
    }));
  }
}
