import {
  type Attributes,
  context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { AttemptMessage, Caller, RequestMessage } from '../index.ts';
import { type FollowedAttempt, type FollowedCall, lastAttemptOf, toTime } from './followed-call.ts';
import * as names from './names.ts';

/** Makes and ends the spans of calls and attempts. */
export class CallSpans {
  readonly #tracer: Tracer;
  readonly #semconv: names.Semconv;
  readonly #remoteParent: 'parent' | 'link';

  constructor(tracer: Tracer, semconv: names.Semconv, remoteParent: 'parent' | 'link') {
    this.#tracer = tracer;
    this.#semconv = semconv;
    this.#remoteParent = remoteParent;
  }

  /** In the stack of the caller, whose span is the parent, unless the gateway makes the call for one that has the span `whole`. */
  startCall(message: RequestMessage, whole: Span | undefined): Span {
    const operation = names.operationName(message.operation);
    // No more than samplers decide by: an SDK looks twice at what a span starts with.
    const attributes: Attributes = { [names.OPERATION_NAME]: operation, [names.REQUEST_MODEL]: message.model };
    const { parent, links } =
      whole === undefined ? this.#parent() : { parent: trace.setSpan(context.active(), whole), links: NO_LINKS };
    const name = message.model === '' ? operation : `${operation} ${message.model}`;
    const options = { kind: SpanKind.CLIENT, startTime: toTime(message.startedAt), attributes, links };
    const span = this.#tracer.startSpan(name, options, parent);
    if (!span.isRecording()) return span;
    span.setAttribute('tollgate.request.id', message.requestId);
    if (message.stream) span.setAttribute(names.REQUEST_STREAM, true);
    addCaller(span, message.caller);
    return span;
  }

  startAttempt(message: AttemptMessage, call: Span): Span {
    const options = { startTime: this.#after(message, message.startedAfterMs) };
    const span = this.#tracer.startSpan(`attempt ${message.deployment}`, options, trace.setSpan(ROOT_CONTEXT, call));
    if (!span.isRecording()) return span;
    // After the start: an SDK looks at what it starts with twice.
    span.setAttribute('tollgate.deployment', message.deployment);
    span.setAttribute('tollgate.attempt', message.attempt);
    span.setAttributes(serverOf(message.origin));
    return span;
  }

  endAttempt({ message, span }: FollowedAttempt): void {
    const { error, startedAfterMs, durationMs = 0 } = message;
    if (error?.status !== undefined) span.setAttribute(names.STATUS_CODE, error.status);
    if (error !== undefined) {
      span.setAttribute(names.ERROR_TYPE, error.kind);
      span.setAttribute('tollgate.failure.code', error.code);
      // Ended because nobody waited for it any more: no error of the provider.
      if (error.kind !== 'aborted') span.setStatus({ code: SpanStatusCode.ERROR, message: error.code });
    }
    span.end(this.#after(message, startedAfterMs + durationMs));
  }

  endCall(call: FollowedCall): void {
    const { message, span } = call;
    const { outcome, error, durationMs } = message;
    if (span.isRecording()) span.setAttributes(this.#factsOf(call));
    if (error !== undefined) {
      span.setAttribute(names.ERROR_TYPE, error.code);
      if (outcome !== 'aborted') span.setStatus({ code: SpanStatusCode.ERROR, message: error.code });
    }
    span.end(toTime(message.startedAt, durationMs));
  }

  #factsOf(call: FollowedCall): Attributes {
    const { message } = call;
    const answered = lastAttemptOf(call);
    const attributes: Attributes = { 'tollgate.outcome': message.outcome, 'tollgate.attempts': message.attempts };
    if (answered !== undefined) {
      attributes[names.PROVIDER_NAME] = answered.vendor;
      Object.assign(attributes, serverOf(answered.origin));
    }
    if (message.deployment !== undefined) {
      attributes[names.RESPONSE_MODEL] = message.upstreamModel;
      attributes['tollgate.deployment'] = message.deployment;
    }
    if (message.cache !== undefined) attributes['tollgate.cache'] = message.cache;
    if (message.downgradedTo !== undefined) attributes['tollgate.downgraded_to'] = message.downgradedTo;
    if (message.runs !== undefined) attributes['tollgate.runs'] = [...message.runs];
    if (message.finishReason !== undefined) attributes[names.FINISH_REASONS] = [message.finishReason];
    if (message.firstTokenMs !== undefined) attributes[names.TIME_TO_FIRST_CHUNK] = message.firstTokenMs / 1000;
    if (message.costUsd !== undefined) attributes['tollgate.cost'] = message.costUsd;
    if (message.usage !== undefined) this.#addUsage(attributes, message.usage);
    if (message.usageSource === 'estimated') attributes['tollgate.usage.source'] = 'estimated';
    return attributes;
  }

  #addUsage(attributes: Attributes, usage: NonNullable<RequestMessage['usage']>): void {
    const { cacheWriteTokens, reasoningTokens } = names.SPAN_NAMES[this.#semconv];
    attributes[names.INPUT_TOKENS] = usage.inputTokens;
    attributes[names.OUTPUT_TOKENS] = usage.outputTokens;
    if (usage.cachedInputTokens > 0) attributes[names.CACHE_READ_TOKENS] = usage.cachedInputTokens;
    if (usage.cacheWriteTokens > 0) attributes[cacheWriteTokens] = usage.cacheWriteTokens;
    if (usage.reasoningTokens > 0) attributes[reasoningTokens] = usage.reasoningTokens;
  }

  #parent() {
    const active = context.active();
    const parent = trace.getSpanContext(active);
    if (this.#remoteParent === 'parent' || parent?.isRemote !== true) return { parent: active, links: NO_LINKS };
    return { parent: trace.deleteSpan(active), links: [{ context: parent }] };
  }

  #after({ request }: AttemptMessage, elapsedMs: number) {
    return toTime(request.startedAt, elapsedMs);
  }
}

const NO_LINKS: Link[] = [];

export function serverOf(origin: string | undefined): Attributes {
  if (origin === undefined) return {};
  const known = servers.get(origin);
  if (known !== undefined) return known;
  // A provider of the user's own may tell anything.
  if (!URL.canParse(origin)) return {};
  const { hostname, port, protocol } = new URL(origin);
  const server = {
    [names.SERVER_ADDRESS]: hostname,
    [names.SERVER_PORT]: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port),
  };
  // As many as there are configured providers.
  servers.set(origin, server);
  return server;
}

const servers = new Map<string, Attributes>();

function addCaller(span: Span, caller: Caller): void {
  for (const dimension in caller) {
    const value = caller[dimension];
    if (typeof value === 'string') span.setAttribute(`tollgate.caller.${dimension}`, value);
  }
}
