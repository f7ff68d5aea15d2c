import { subscribe } from 'node:diagnostics_channel';

/** A request that is about to be written. */
export interface SocketObserver {
  /** `reused` is true if the socket carried a request before. */
  onSocket(reused: boolean): void;
}

/**
 * Tells `observer` about the socket of its request; to be called from `onRequestStart`, which the HTTP client follows
 * up in the same tick by publishing the head and the socket it goes to. A handler never sees the socket otherwise.
 */
export function observeSocket(observer: SocketObserver): void {
  if (!subscribed) {
    subscribed = true;
    subscribe('undici:client:sendHeaders', onSendHeaders);
  }
  awaiting = observer;
}

const usedSockets = new WeakSet<object>();
let awaiting: SocketObserver | undefined;
let subscribed = false;

function onSendHeaders(message: unknown): void {
  const observer = awaiting;
  awaiting = undefined;
  const socket = (message as { readonly socket?: unknown }).socket;
  if (typeof socket !== 'object' || socket === null) return;
  if (usedSockets.has(socket)) observer?.onSocket(true);
  else usedSockets.add(socket);
}
