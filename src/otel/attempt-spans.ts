import { AsyncLocalStorage } from 'node:async_hooks';
import { channel } from 'node:diagnostics_channel';
import type { Span } from '@opentelemetry/api';
import type { AttemptMessage } from '../index.ts';

/** The attempt that the running code belongs to. */
const currentAttempt = new AsyncLocalStorage<AttemptMessage>();
const starts = channel('tracing:tollgate:attempt:start');
const spans = new WeakMap<AttemptMessage, Span>();
// A store costs each attempt something, and without an instrumentation there are no spans to be found in it.
let isAsked = false;
let isBound = false;
let instrumentations = 0;

/** From now on somebody may ask for the current span. */
export function expectQuestions(): void {
  isAsked = true;
  bindIfNeeded();
}

export function addInstrumentation(): void {
  instrumentations += 1;
  bindIfNeeded();
}

export function removeInstrumentation(): void {
  instrumentations -= 1;
  bindIfNeeded();
}

function bindIfNeeded(): void {
  const isNeeded = isAsked && instrumentations > 0;
  if (isNeeded === isBound) return;
  isBound = isNeeded;
  if (isNeeded) starts.bindStore(currentAttempt);
  else starts.unbindStore(currentAttempt);
}

/** Whether somebody may ask for the span of an attempt that starts now. */
export function isSpanAsked(): boolean {
  return isBound;
}

export function keepSpan(message: AttemptMessage, span: Span): void {
  spans.set(message, span);
}

/** The span of the attempt that the running code belongs to. */
export function currentSpan(): Span | undefined {
  const message = currentAttempt.getStore();
  return message && spans.get(message);
}
