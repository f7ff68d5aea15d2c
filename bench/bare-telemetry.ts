import type { Histogram, Meter } from '@opentelemetry/api';
import { type Attributes, type HrTime, ROOT_CONTEXT, SpanKind, type Tracer, trace } from '@opentelemetry/api';
import type { Calls } from './calls.ts';

/**
 * What OpenTelemetry's SDK itself takes for a call: each call has two spans with as many attributes of the same kinds as
 * `tollgate/otel` gives them, and its four records, without anything around them.
 */
export function withBareTelemetry(calls: Calls, tracer: Tracer, meter: Meter): Calls {
  const record = recorder(meter);
  const told = async (call: () => Promise<void>) => {
    const startedAt = Date.now();
    const startedMs = performance.now();
    await call();
    const durationMs = performance.now() - startedMs;
    tellSpans(tracer, startedAt, durationMs);
    record(durationMs / 1000);
  };
  return { chat: () => told(calls.chat), stream: () => told(calls.stream) };
}

const SERVER: Attributes = { 'server.address': '127.0.0.1', 'server.port': 8080 };
const COMMON: Attributes = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.request.model': 'bench-model',
  'gen_ai.provider.name': 'openai-compatible',
  'gen_ai.response.model': 'bench-model',
};
const TIMED: Attributes = { ...COMMON, ...SERVER };
const INPUT: Attributes = { ...COMMON, 'gen_ai.token.type': 'input' };
const OUTPUT: Attributes = { ...COMMON, 'gen_ai.token.type': 'output' };
const NONE: Attributes = {};
const BOUNDARIES = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

function recorder(meter: Meter): (seconds: number) => void {
  const histogram = (name: string): Histogram =>
    meter.createHistogram(name, { advice: { explicitBucketBoundaries: BOUNDARIES } });
  const [duration, tokens, overhead] = [histogram('duration'), histogram('tokens'), histogram('overhead')];
  return (seconds) => {
    duration.record(seconds, TIMED);
    tokens.record(50, INPUT);
    tokens.record(20, OUTPUT);
    overhead.record(seconds / 10, NONE);
  };
}

let calls = 0;

function tellSpans(tracer: Tracer, startedAt: number, durationMs: number): void {
  calls += 1;
  const startTime = toTime(startedAt);
  const endTime = toTime(startedAt + durationMs);
  const sampledBy = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'bench-model' };
  const call = tracer.startSpan('chat bench-model', { kind: SpanKind.CLIENT, startTime, attributes: sampledBy });
  const attempt = tracer.startSpan('attempt first/bench-model', { startTime }, trace.setSpan(ROOT_CONTEXT, call));
  attempt.setAttribute('tollgate.deployment', 'first/bench-model');
  attempt.setAttribute('tollgate.attempt', 1);
  attempt.setAttributes(SERVER);
  attempt.end(endTime);
  call.setAttribute('tollgate.request.id', `req_${calls}`);
  call.setAttribute('tollgate.caller.team', 'bench');
  call.setAttribute('tollgate.outcome', 'success');
  call.setAttribute('tollgate.attempts', 1);
  call.setAttribute('gen_ai.provider.name', 'openai-compatible');
  call.setAttributes(SERVER);
  call.setAttribute('gen_ai.response.model', 'bench-model');
  call.setAttribute('tollgate.deployment', 'first/bench-model');
  call.setAttribute('gen_ai.response.finish_reasons', ['stop']);
  call.setAttribute('tollgate.cost', 0.000_05);
  call.setAttribute('gen_ai.usage.input_tokens', 50);
  call.setAttribute('gen_ai.usage.output_tokens', 20);
  call.end(endTime);
}

function toTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.floor((ms - seconds * 1000) * 1e6)];
}
