import { channel } from 'node:diagnostics_channel';
import { type Attributes, context, diag, type Meter, metrics, type Tracer, trace } from '@opentelemetry/api';
import { assertHasMethods, assertIsObject, OF_A_GATEWAY } from '../core/assert-argument.ts';
import type { AttemptMessage, EventMap, EventType, Gateway, RequestMessage } from '../index.ts';
import { addInstrumentation, isSpanAsked, keepSpan, removeInstrumentation } from './attempt-spans.ts';
import { CallMetrics } from './call-metrics.ts';
import { CallSpans } from './call-spans.ts';
import { type FollowedCall, toTime } from './followed-call.ts';
import { observeGauges } from './gauges.ts';
import type { Semconv } from './names.ts';

/** Where spans and metrics go, and what they tell. */
export interface InstrumentOptions {
  /** Default: the global provider's tracer named `tollgate`. */
  readonly tracer?: Tracer | undefined;
  /** Default: the global provider's meter named `tollgate`. */
  readonly meter?: Meter | undefined;
  /** Whose names spans and metrics have; default `stable`. `latest`: the newest draft's, which change without notice. */
  readonly semconv?: Semconv | undefined;
  /**
   * What an active span of another process is to a call's span; default `parent`. `link`: the call begins a trace of its
   * own, if a gateway or proxy before this one has already counted its tokens.
   */
  readonly remoteParent?: 'parent' | 'link' | undefined;
  /** Dimensions of the caller (`team`, `app`, …) that are attributes of metrics too; default none. Each value is a series. */
  readonly dimensions?: readonly string[] | undefined;
  /** Most names of models, and of deployments, in metrics; further ones are `_OTHER`. Default 200. */
  readonly maxNames?: number | undefined;
}

const REQUEST = 'tracing:tollgate:request';
const ATTEMPT = 'tracing:tollgate:attempt';

/**
 * Spans and metrics of all calls of a gateway, its clones included, from now on. Returns what undoes it: calls under way
 * still end their spans. Throws `TypeError` for anything but a gateway and options.
 */
export function instrument(gateway: Gateway, options: InstrumentOptions = {}): () => void {
  assertHasMethods(gateway, OF_A_GATEWAY, 'instrument', 'a Gateway');
  assertIsObject(options, 'instrument', 'options: { tracer?, meter?, semconv?, … }');
  const { semconv = 'stable', remoteParent = 'parent', dimensions = [], maxNames = 200 } = options;
  assertOptions(semconv, remoteParent, dimensions, maxNames);
  const meter = options.meter ?? metrics.getMeter('tollgate');
  const spans = new CallSpans(options.tracer ?? trace.getTracer('tollgate'), semconv, remoteParent);
  const callMetrics = new CallMetrics(meter, { semconv, dimensions, maxNames });
  const follower = new Follower(gateway.gatewayId, spans, callMetrics);
  const unobserve = observeGauges(gateway, meter, dimensions, () => callMetrics.flush());
  const unfollow = follower.follow(gateway);
  return () => {
    unobserve();
    unfollow();
  };
}

function assertOptions(semconv: unknown, remoteParent: unknown, dimensions: unknown, maxNames: unknown): void {
  if (semconv !== 'stable' && semconv !== 'latest') throw new TypeError("semconv: expected 'stable' or 'latest'");
  if (remoteParent !== 'parent' && remoteParent !== 'link') throw new TypeError("remoteParent: expected 'parent' or 'link'");
  if (!Array.isArray(dimensions) || !dimensions.every((one) => typeof one === 'string'))
    throw new TypeError('dimensions: expected a list of names');
  if (!(Number.isSafeInteger(maxNames) && Number(maxNames) >= 0))
    throw new TypeError('maxNames: expected a whole number of 0 or more');
}

type Listeners = { readonly [T in EventType]?: (event: EventMap[T]) => void };

/** Follows the calls of one gateway over its channels; what happens in between comes as events. */
class Follower {
  readonly #gatewayId: string;
  readonly #spans: CallSpans;
  readonly #metrics: CallMetrics;
  readonly #calls = new Map<string, FollowedCall>();
  /** Those that have ended in this turn. */
  readonly #ended: string[] = [];
  #stopped = false;

  constructor(gatewayId: string, spans: CallSpans, callMetrics: CallMetrics) {
    this.#gatewayId = gatewayId;
    this.#spans = spans;
    this.#metrics = callMetrics;
  }

  follow(gateway: Gateway): () => void {
    const channels: readonly [string, (message: unknown) => void][] = [
      [`${REQUEST}:start`, guarded(this.#callStarted)],
      [`${REQUEST}:asyncEnd`, guarded(this.#callEnded)],
      [`${ATTEMPT}:start`, guarded(this.#attemptStarted)],
    ];
    for (const [name, subscriber] of channels) channel(name).subscribe(subscriber);
    addInstrumentation();
    const listeners = Object.entries(this.#listeners) as [EventType, (event: EventMap[EventType]) => void][];
    for (const [type, listener] of listeners) gateway.on(type, listener);
    return () => {
      if (this.#stopped) return;
      this.#stopped = true;
      for (const [type, listener] of listeners) gateway.off(type, listener);
      this.#unsubscribe = () => {
        for (const [name, subscriber] of channels) channel(name).unsubscribe(subscriber);
        removeInstrumentation();
      };
      this.#leaveIfDone();
    };
  }

  #unsubscribe: (() => void) | undefined;

  #leaveIfDone(): void {
    if (!this.#stopped) return;
    this.#metrics.flush();
    if (this.#calls.size > 0) return;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  readonly #callStarted = (message: RequestMessage): void => {
    if (message.gatewayId !== this.#gatewayId || this.#stopped) return;
    const whole = message.askedFor === undefined ? undefined : this.#calls.get(message.askedFor);
    const active = context.active();
    const madeIn = whole === undefined ? active : trace.setSpan(active, this.#spans.of(whole));
    this.#calls.set(message.requestId, { message, madeIn, attempts: [], span: undefined, attemptSpans: undefined, waitedMs: 0 });
  };

  readonly #attemptStarted = (message: AttemptMessage): void => {
    const call = this.#calls.get(message.requestId);
    if (call === undefined) return;
    const before = call.attempts.at(-1);
    // Another one is under way.
    if (before !== undefined && before.durationMs === undefined) {
      const to = { 'tollgate.deployment': message.deployment };
      this.#spans.of(call).addEvent('tollgate.hedge', to, toTime(call.message.startedAt, message.startedAfterMs));
    }
    call.attempts.push(message);
    if (isSpanAsked()) keepSpan(message, this.#spans.startAttempt(message, call));
  };

  readonly #callEnded = ({ requestId }: RequestMessage): void => {
    if (!this.#calls.has(requestId)) return;
    this.#ended.push(requestId);
    // Events come in a microtask that was there before this one: a span that has ended takes none.
    if (this.#ended.length === 1) void NOW.then(this.#endCalls);
  };

  readonly #endCalls = (): void => {
    for (const requestId of this.#ended.splice(0)) {
      const call = this.#calls.get(requestId);
      this.#calls.delete(requestId);
      if (call === undefined) continue;
      this.#endSpans(call);
      this.#tellMetrics(call);
    }
    this.#leaveIfDone();
  };

  readonly #endSpans = guarded((call: FollowedCall): void => this.#spans.end(call));
  readonly #tellMetrics = guarded((call: FollowedCall): void => this.#metrics.ended(call));

  readonly #listeners: Listeners = {
    retry: (event) => {
      const { deployment, failure, afterMs } = event;
      const call = this.#calls.get(event.requestId);
      if (call === undefined) return;
      call.waitedMs += afterMs;
      const facts = { 'tollgate.deployment': deployment, 'error.type': failure.kind, 'tollgate.after_ms': afterMs };
      this.#spans.of(call).addEvent('tollgate.retry', facts, toTime(event.at));
    },
    failover: (event) => {
      const { from, to, failure } = event;
      this.#metrics.failedOver(from, to, failure.kind);
      this.#note(event, 'tollgate.failover', { 'tollgate.from': from, 'tollgate.to': to, 'error.type': failure.kind });
    },
    'queue.leave': (event) => {
      const call = this.#calls.get(event.requestId);
      if (call === undefined) return;
      call.waitedMs += event.waitedMs;
      const facts = { 'tollgate.deployment': event.deployment, 'tollgate.waited_ms': event.waitedMs };
      this.#spans.of(call).addEvent('tollgate.queue', facts, toTime(event.at));
    },
    'stream.commit': (event) => this.#note(event, 'tollgate.commit', { 'tollgate.deployment': event.deployment }),
    'stream.interrupt': (event) => {
      const { deployment, failure, delivered } = event;
      const facts = { 'tollgate.deployment': deployment, 'error.type': failure.kind, 'tollgate.delivered': delivered };
      this.#note(event, 'tollgate.interrupt', facts);
    },
    'cooldown.start': (event) => {
      const { deployment, scope, reason, untilMs } = event;
      const facts = { 'tollgate.deployment': deployment, 'tollgate.scope': scope, 'tollgate.reason': reason };
      this.#note(event, 'tollgate.cooldown', { ...facts, 'tollgate.until_ms': untilMs });
    },
    'guard.block': (event) => this.#guarded(event),
    'guard.redact': (event) => this.#guarded(event),
    'guard.flag': (event) => this.#guarded(event),
    'access.deny': ({ reason, suppressed = 0 }) => {
      // Every other one is the end of a call.
      if (reason === 'invalid_key') this.#metrics.refused('invalid_key', undefined, 1 + suppressed);
    },
  };

  #guarded(event: EventMap['guard.block' | 'guard.redact' | 'guard.flag']): void {
    const action = event.type.slice('guard.'.length);
    const facts = { 'tollgate.guard': event.guard, 'tollgate.guard.on': event.on, 'tollgate.guard.action': action };
    this.#metrics.guarded(facts);
    const findings = event.findings.map(({ kind, count }) => `${kind} ${count}`);
    this.#note(event, 'tollgate.guard', { ...facts, 'tollgate.guard.findings': findings });
  }

  #note({ requestId, at }: EventMap[EventType], name: string, facts: Attributes): void {
    const call = this.#calls.get(requestId);
    if (call !== undefined) this.#spans.of(call).addEvent(name, facts, toTime(at));
  }
}

const NOW = Promise.resolve();

/** What throws in a subscriber, or in a microtask, ends the process: a tracer that fails is no reason for that. */
function guarded<T>(act: (value: T) => void): (value: unknown) => void {
  return (value) => {
    try {
      act(value as T);
    } catch (error) {
      diag.error('tollgate/otel', error);
    }
  };
}
