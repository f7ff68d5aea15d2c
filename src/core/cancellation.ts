/**
 * A cancellation that costs no `AbortSignal` until somebody needs one.
 *
 * A call has one; each attempt has a child of it. Cancelling a parent cancels its children;
 * `dispose` detaches from the parent or from the caller's signal, so that nothing stays on either.
 */
export class Cancellation {
  /** A list, because there are hardly ever more than three. */
  #listeners: (((reason: unknown) => void) | undefined)[] | undefined;
  #controller: AbortController | undefined;
  #detach: (() => void) | undefined;
  #cancelled = false;
  #reason: unknown;

  /** Follows a caller's signal: its abort cancels this with the signal's reason. */
  static following(signal: AbortSignal | null | undefined): Cancellation {
    const cancellation = new Cancellation();
    if (!signal) return cancellation;
    if (signal.aborted) {
      cancellation.cancel(signal.reason);
      return cancellation;
    }
    const onAbort = () => cancellation.cancel(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    cancellation.#detach = () => signal.removeEventListener('abort', onAbort);
    return cancellation;
  }

  /** A cancellation that this one cancels too. */
  child(): Cancellation {
    const child = new Cancellation();
    if (this.#cancelled) child.cancel(this.#reason);
    else child.#detach = this.onCancel((reason) => child.cancel(reason));
    return child;
  }

  get cancelled(): boolean {
    return this.#cancelled;
  }

  get reason(): unknown {
    return this.#reason;
  }

  /** The same as an `AbortSignal`, made on first use. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#cancelled) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  cancel(reason: unknown): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#reason = reason;
    const listeners = this.#listeners;
    this.dispose();
    this.#controller?.abort(reason);
    if (listeners) for (const listener of listeners) listener?.(reason);
  }

  /** Calls `listener` once on cancellation, at once when it already happened; returns the removal. */
  onCancel(listener: (reason: unknown) => void): () => void {
    if (this.#cancelled) {
      listener(this.#reason);
      return () => {};
    }
    const listeners = this.#listeners ?? [listener];
    if (listeners === this.#listeners) listeners.push(listener);
    else this.#listeners = listeners;
    return () => this.#remove(listener, listeners);
  }

  /** Detaches from the parent and forgets the listeners; a disposed cancellation can still be read. */
  dispose(): void {
    this.#detach?.();
    this.#detach = undefined;
    this.#listeners = undefined;
  }

  #remove(listener: (reason: unknown) => void, listeners: (((reason: unknown) => void) | undefined)[]): void {
    const place = listeners.indexOf(listener);
    if (place < 0) return;
    // The list is being walked where the cancellation has begun, so that it must keep its places.
    if (this.#cancelled) listeners[place] = undefined;
    else if (place === listeners.length - 1) listeners.pop();
    else listeners.splice(place, 1);
  }
}
