/**
 * A cancellation that costs no `AbortSignal` until somebody needs one.
 *
 * A call has one; each attempt has a child of it. Cancelling a parent cancels its children;
 * `dispose` detaches from the parent or from the caller's signal, so that nothing stays on either.
 */
export class Cancellation {
  /** Most have one listener: the child, or the request. Further ones stand in a list. */
  #first: Listener | undefined;
  #others: (Listener | undefined)[] | undefined;
  #controller: AbortController | undefined;
  #detach: (() => void) | undefined;
  #followed: { readonly signal: AbortSignal; readonly onAbort: () => void; readonly owner: object | undefined } | undefined;
  #cancelled = false;
  #reason: unknown;

  /**
   * Follows a caller's signal: its abort cancels this with the signal's reason. The signal's owner is kept reachable
   * meanwhile: a `Request` that nobody holds is collected, and from then on its signal tells nothing.
   */
  static following(signal: AbortSignal | null | undefined, owner?: object): Cancellation {
    const cancellation = new Cancellation();
    if (!signal) return cancellation;
    if (signal.aborted) {
      cancellation.cancel(signal.reason);
      return cancellation;
    }
    const onAbort = () => cancellation.cancel(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    cancellation.#followed = { signal, onAbort, owner };
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
    const first = this.#first;
    const others = this.#others;
    this.dispose();
    first?.(reason);
    if (others) for (const listener of others) listener?.(reason);
    this.#controller?.abort(reason);
  }

  /** Calls `listener` once on cancellation, at once when it already happened; returns the removal. */
  onCancel(listener: Listener): () => void {
    if (this.#cancelled) {
      listener(this.#reason);
      return () => {};
    }
    if (this.#first === undefined && this.#others === undefined) {
      this.#first = listener;
      return () => {
        if (this.#first === listener) this.#first = undefined;
      };
    }
    this.#others ??= [];
    const others = this.#others;
    others.push(listener);
    return () => this.#remove(listener, others);
  }

  /** Detaches from the parent and forgets the listeners; a disposed cancellation can still be read. */
  dispose(): void {
    this.#detach?.();
    this.#detach = undefined;
    this.#followed?.signal.removeEventListener('abort', this.#followed.onAbort);
    this.#followed = undefined;
    this.#first = undefined;
    this.#others = undefined;
  }

  #remove(listener: Listener, others: (Listener | undefined)[]): void {
    const place = others.indexOf(listener);
    if (place < 0) return;
    // The list is being walked when the cancellation has begun, so that it must keep its places.
    if (this.#cancelled) others[place] = undefined;
    else if (place === others.length - 1) others.pop();
    else others.splice(place, 1);
  }
}

type Listener = (reason: unknown) => void;
