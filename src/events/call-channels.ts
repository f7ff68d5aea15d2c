import { tracingChannel } from 'node:diagnostics_channel';
import { mintId } from '../core/random.ts';
import type { AttemptMessage, RequestMessage } from './channel-messages.ts';
import { ChunkGaps } from './chunk-gaps.ts';
import type { AttemptEndEvent, AttemptStartEvent, EventMap, EventType, RequestEndEvent, RequestStartEvent } from './event-map.ts';

type Channel<Message extends object> = ReturnType<typeof tracingChannel<unknown, Message>>;

/** Every gateway of the process publishes here; `gatewayId` tells whose call it is. */
const REQUESTS = tracingChannel<unknown, RequestMessage>('tollgate:request');
const ATTEMPTS = tracingChannel<unknown, AttemptMessage>('tollgate:attempt');

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** A message under way. What ends within the synchronous part is told after that, as `tracePromise` does it. */
interface Traced<Message extends object> {
  readonly message: Writable<Message>;
  state: 'made' | 'starting' | 'running';
  asyncStarted: boolean;
  endsLater: boolean;
}

interface TracedCall extends Traced<RequestMessage> {
  /** Those under way, at their numbers. */
  readonly attempts: (Traced<AttemptMessage> | undefined)[];
}

/**
 * The facts of the events on `node:diagnostics_channel`, for who subscribed before the call began: `start`, `end`, then
 * `error` if it failed, `asyncStart` when there is an answer to read and `asyncEnd` at the very end. The same message
 * all along; never a text of an upstream, a prompt or an output.
 */
export class CallChannels {
  /** Tells this gateway's messages from those of others in the process. */
  readonly gatewayId = mintId('gw');
  readonly #calls = new Map<string, TracedCall>();

  /** Whether any call under way is followed. */
  get active(): boolean {
    return this.#calls.size > 0;
  }

  /** Whether an event of this type would be published. */
  wants(type: EventType): boolean {
    if (type === 'request.start') return REQUESTS.hasSubscribers || ATTEMPTS.hasSubscribers;
    return this.#calls.size > 0 && PUBLISHED.has(type);
  }

  take(event: EventMap[EventType]): void {
    if (event.type === 'request.start') this.#made(event);
    const call = this.#calls.get(event.requestId);
    if (call === undefined) return;
    if (event.type === 'attempt.start') call.attempts[event.attempt] = traced(attemptMessage(event, call.message));
    if (event.type === 'stream.commit') this.#answers(call);
    if (event.type === 'attempt.end') this.#attemptEnded(event, call);
    if (event.type === 'request.end') this.#ended(event, call);
  }

  /** Where the times of a stream's items are noted; undefined if nobody follows the call. */
  chunkGapsOf(requestId: string, nowMs: number, chunks: number): ChunkGaps | undefined {
    const call = this.#calls.get(requestId);
    if (call === undefined) return undefined;
    const gaps = new ChunkGaps(nowMs, chunks);
    call.message.chunkGapsMs = gaps.gapsMs;
    return gaps;
  }

  /** Runs the line of a call, with what subscribers bound to it. */
  within<T>(requestId: string, line: () => T): T {
    const call = this.#calls.get(requestId);
    return call === undefined ? line() : begin(REQUESTS, call, line);
  }

  /** Runs an attempt, with what subscribers bound to it. */
  withinAttempt<T>(requestId: string, attempt: number, send: () => T): T {
    const made = this.#calls.get(requestId)?.attempts[attempt];
    return made === undefined ? send() : begin(ATTEMPTS, made, send);
  }

  #made(event: RequestStartEvent): void {
    const message = requestMessage(event, this.gatewayId);
    this.#calls.set(event.requestId, { message, state: 'made', asyncStarted: false, endsLater: false, attempts: [] });
  }

  #answers(call: TracedCall): void {
    if (call.asyncStarted) return;
    call.asyncStarted = true;
    REQUESTS.asyncStart.publish(call.message);
  }

  #attemptEnded({ attempt, durationMs, failure, usage, costUsd }: AttemptEndEvent, call: TracedCall): void {
    const ended = call.attempts[attempt];
    if (ended === undefined) return;
    call.attempts[attempt] = undefined;
    ended.message.durationMs = durationMs;
    ended.message.usage = usage;
    ended.message.costUsd = costUsd;
    if (failure !== undefined) {
      const { kind, code, status, retryAfterMs } = failure;
      ended.message.error = { kind, code, status, retryAfterMs };
    }
    finish(ATTEMPTS, ended);
  }

  #ended(event: RequestEndEvent, call: TracedCall): void {
    this.#calls.delete(event.requestId);
    addEnd(event, call.message);
    // A request that never became a call has no line to run.
    if (call.state === 'made') begin(REQUESTS, call, () => undefined);
    finish(REQUESTS, call);
  }
}

const PUBLISHED: ReadonlySet<EventType> = new Set(['attempt.start', 'attempt.end', 'stream.commit', 'request.end'] as const);

function traced<Message extends object>(message: Message): Traced<Message> {
  return { message, state: 'made', asyncStarted: false, endsLater: false };
}

// With the fields that come later, but `outcome` and `error`, which are looked for: an object that grows is made anew several times.
function requestMessage(event: RequestStartEvent, gatewayId: string): Writable<RequestMessage> {
  return {
    gatewayId,
    requestId: event.requestId,
    caller: event.caller,
    model: event.model,
    operation: event.operation,
    stream: event.stream,
    askedFor: event.askedFor,
    startedAt: event.at,
    deployment: undefined,
    provider: undefined,
    upstreamModel: undefined,
    attempts: undefined,
    usage: undefined,
    costUsd: undefined,
    usageSource: undefined,
    durationMs: undefined,
    firstTokenMs: undefined,
    finishReason: undefined,
    chunks: undefined,
    cache: undefined,
    downgradedTo: undefined,
    runs: undefined,
    failures: undefined,
  };
}

function attemptMessage(event: AttemptStartEvent, request: RequestMessage): Writable<AttemptMessage> {
  return {
    gatewayId: request.gatewayId,
    requestId: event.requestId,
    caller: request.caller,
    model: request.model,
    operation: request.operation,
    request,
    attempt: event.attempt,
    deployment: event.deployment,
    provider: event.provider,
    upstreamModel: event.upstreamModel,
    vendor: event.vendor,
    origin: event.origin,
    startedAt: event.at,
    startedAfterMs: event.startedAfterMs,
    durationMs: undefined,
    usage: undefined,
    costUsd: undefined,
  };
}

/** One by one: with `captureContent` the event has the output too, and the message of its error is an upstream's. */
function addEnd(event: RequestEndEvent, message: Writable<RequestMessage>): void {
  message.outcome = event.outcome;
  message.deployment = event.deployment;
  message.provider = event.provider;
  message.upstreamModel = event.upstreamModel;
  message.attempts = event.attempts;
  message.usage = event.usage;
  message.costUsd = event.costUsd;
  message.usageSource = event.usageSource;
  message.durationMs = event.durationMs;
  message.firstTokenMs = event.firstTokenMs;
  message.finishReason = event.finishReason;
  message.chunks = event.chunks;
  message.cache = event.cache;
  message.downgradedTo = event.downgradedTo;
  message.runs = event.runs;
  message.failures = event.failures;
  if (event.error !== undefined) message.error = { code: event.error.code, status: event.error.status };
}

function begin<Message extends object, T>(channel: Channel<Message>, call: Traced<Message>, fn: () => T): T {
  call.state = 'starting';
  try {
    return channel.start.runStores(call.message, fn);
  } finally {
    call.state = 'running';
    channel.end.publish(call.message);
    if (call.endsLater) finish(channel, call);
  }
}

function finish<Message extends object>(channel: Channel<Message>, call: Traced<Message>): void {
  if (call.state === 'starting') {
    call.endsLater = true;
    return;
  }
  if ('error' in call.message) channel.error.publish(call.message as Message & { error: unknown });
  if (!call.asyncStarted) channel.asyncStart.publish(call.message);
  channel.asyncEnd.publish(call.message);
}
