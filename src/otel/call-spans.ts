import {
  type Context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { AttemptMessage, Caller, RequestMessage } from '../index.ts';
import { type FollowedCall, lastAttemptOf, toTime } from './followed-call.ts';
import * as names from './names.ts';
import { serverOf } from './server-of.ts';

/**
 * Makes the spans of calls and attempts, when a call has ended, or earlier for who needs one: an SDK does all its work on them
 * in one go, and whoever is not sampled costs next to nothing until then.
 */
export class CallSpans {
  readonly #tracer: Tracer;
  readonly #semconv: names.Semconv;
  readonly #remoteParent: 'parent' | 'link';

  constructor(tracer: Tracer, semconv: names.Semconv, remoteParent: 'parent' | 'link') {
    this.#tracer = tracer;
    this.#semconv = semconv;
    this.#remoteParent = remoteParent;
  }

  /** The span of a call, started now if it was not. */
  of(call: FollowedCall): Span {
    call.span ??= this.#start(call);
    return call.span;
  }

  /** The span of an attempt, started now; for who needs it before the call ends. */
  startAttempt(message: AttemptMessage, call: FollowedCall): Span {
    const span = this.#startAttempt(message, this.of(call));
    call.attemptSpans ??= new Map();
    call.attemptSpans.set(message, span);
    return span;
  }

  /** Those of a call and its attempts, which end first: who reads spans as they come has children before parents. */
  end(call: FollowedCall): void {
    const span = this.of(call);
    const isRecording = span.isRecording();
    for (const attempt of call.attempts) {
      const started = call.attemptSpans?.get(attempt);
      if (started !== undefined) endAttempt(started, attempt);
      else if (isRecording) endAttempt(this.#startAttempt(attempt, span), attempt);
    }
    const { message } = call;
    if (isRecording) this.#addFacts(span, call);
    span.end(toTime(message.startedAt, message.durationMs));
  }

  #start({ message, madeIn }: FollowedCall): Span {
    const operation = names.operationName(message.operation);
    const { parent, links } = this.#parent(madeIn);
    const span = this.#tracer.startSpan(
      message.model === '' ? operation : `${operation} ${message.model}`,
      {
        kind: SpanKind.CLIENT,
        startTime: toTime(message.startedAt),
        // No more than samplers decide by: an SDK looks twice at what a span starts with.
        attributes: { [names.OPERATION_NAME]: operation, [names.REQUEST_MODEL]: message.model },
        links,
      },
      parent,
    );
    if (!span.isRecording()) return span;
    span.setAttribute('tollgate.request.id', message.requestId);
    if (message.stream) span.setAttribute(names.REQUEST_STREAM, true);
    addCaller(span, message.caller);
    return span;
  }

  #startAttempt(message: AttemptMessage, call: Span): Span {
    const options = { startTime: toTime(message.request.startedAt, message.startedAfterMs) };
    const span = this.#tracer.startSpan(`attempt ${message.deployment}`, options, trace.setSpan(ROOT_CONTEXT, call));
    if (!span.isRecording()) return span;
    span.setAttribute('tollgate.deployment', message.deployment);
    span.setAttribute('tollgate.attempt', message.attempt);
    addServer(span, message.origin);
    return span;
  }

  #addFacts(span: Span, call: FollowedCall): void {
    const { message } = call;
    const { outcome, error } = message;
    if (outcome !== undefined) span.setAttribute('tollgate.outcome', outcome);
    if (message.attempts !== undefined) span.setAttribute('tollgate.attempts', message.attempts);
    const answered = lastAttemptOf(call);
    if (answered !== undefined) {
      span.setAttribute(names.PROVIDER_NAME, answered.vendor);
      addServer(span, answered.origin);
    }
    if (message.deployment !== undefined) {
      if (message.upstreamModel !== undefined) span.setAttribute(names.RESPONSE_MODEL, message.upstreamModel);
      span.setAttribute('tollgate.deployment', message.deployment);
    }
    if (message.cache !== undefined) span.setAttribute('tollgate.cache', message.cache);
    if (message.downgradedTo !== undefined) span.setAttribute('tollgate.downgraded_to', message.downgradedTo);
    if (message.runs !== undefined) span.setAttribute('tollgate.runs', [...message.runs]);
    if (message.finishReason !== undefined) span.setAttribute(names.FINISH_REASONS, [message.finishReason]);
    if (message.firstTokenMs !== undefined) span.setAttribute(names.TIME_TO_FIRST_CHUNK, message.firstTokenMs / 1000);
    if (message.costUsd !== undefined) span.setAttribute('tollgate.cost', message.costUsd);
    if (message.usage !== undefined) this.#addUsage(span, message.usage);
    if (message.usageSource === 'estimated') span.setAttribute('tollgate.usage.source', 'estimated');
    if (error === undefined) return;
    span.setAttribute(names.ERROR_TYPE, error.code);
    if (outcome !== 'aborted') span.setStatus({ code: SpanStatusCode.ERROR, message: error.code });
  }

  #addUsage(span: Span, usage: NonNullable<RequestMessage['usage']>): void {
    const { cacheWriteTokens, reasoningTokens } = names.SPAN_NAMES[this.#semconv];
    span.setAttribute(names.INPUT_TOKENS, usage.inputTokens);
    span.setAttribute(names.OUTPUT_TOKENS, usage.outputTokens);
    if (usage.cachedInputTokens > 0) span.setAttribute(names.CACHE_READ_TOKENS, usage.cachedInputTokens);
    if (usage.cacheWriteTokens > 0) span.setAttribute(cacheWriteTokens, usage.cacheWriteTokens);
    if (usage.reasoningTokens > 0) span.setAttribute(reasoningTokens, usage.reasoningTokens);
  }

  #parent(madeIn: Context) {
    if (this.#remoteParent === 'parent') return { parent: madeIn, links: NO_LINKS };
    const spanContext = trace.getSpanContext(madeIn);
    if (spanContext?.isRemote !== true) return { parent: madeIn, links: NO_LINKS };
    return { parent: trace.deleteSpan(madeIn), links: [{ context: spanContext }] };
  }
}

const NO_LINKS: Link[] = [];

function endAttempt(span: Span, { error, request, startedAfterMs, durationMs = 0 }: AttemptMessage): void {
  if (error?.status !== undefined) span.setAttribute(names.STATUS_CODE, error.status);
  if (error !== undefined) {
    span.setAttribute(names.ERROR_TYPE, error.kind);
    span.setAttribute('tollgate.failure.code', error.code);
    // Ended because nobody waited for it any more: no error of the provider.
    if (error.kind !== 'aborted') span.setStatus({ code: SpanStatusCode.ERROR, message: error.code });
  }
  span.end(toTime(request.startedAt, startedAfterMs + durationMs));
}

function addCaller(span: Span, caller: Caller): void {
  for (const dimension in caller) {
    const value = caller[dimension];
    if (typeof value === 'string') span.setAttribute(`tollgate.caller.${dimension}`, value);
  }
}

function addServer(span: Span, origin: string | undefined): void {
  const server = serverOf(origin);
  if (server === undefined) return;
  span.setAttribute(names.SERVER_ADDRESS, server.address);
  span.setAttribute(names.SERVER_PORT, server.port);
}
