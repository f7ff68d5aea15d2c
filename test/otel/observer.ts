import { channel } from 'node:diagnostics_channel';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { MeterProvider, type MetricData, MetricReader } from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { AttemptMessage, EventMap, EventType, Gateway, RequestMessage } from 'tollgate';
import { logCalls } from 'tollgate/log';
import { type InstrumentOptions, instrument } from 'tollgate/otel';
import { closeAfterTest } from '../public/harness.ts';
import { EVENT_TYPES } from '../support/event-types.ts';

const manager = new AsyncLocalStorageContextManager();
context.setGlobalContextManager(manager.enable());

/** Collected when a test asks. */
class TestReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** OpenTelemetry's own SDK over a gateway. */
export class Telemetry {
  readonly exporter = new InMemorySpanExporter();
  readonly provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: this.exporter })] });
  readonly tracer = this.provider.getTracer('test');
  readonly #reader = new TestReader();
  readonly meter = new MeterProvider({ readers: [this.#reader] }).getMeter('test');
  readonly undo: () => void;

  constructor(gateway: Gateway, options: InstrumentOptions = {}) {
    this.undo = instrument(gateway, { tracer: this.tracer, meter: this.meter, ...options });
    closeAfterTest(async () => this.undo());
  }

  /** Spans that have ended, in the order of their starts. */
  get spans(): ReadableSpan[] {
    return this.exporter.getFinishedSpans().toSorted((left, right) => nanoseconds(left) - nanoseconds(right));
  }

  async metrics(): Promise<Map<string, MetricData>> {
    const { resourceMetrics } = await this.#reader.collect();
    const all = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
    return new Map(all.map((metric) => [metric.descriptor.name, metric]));
  }
}

function nanoseconds({ startTime: [seconds, nanos] }: ReadableSpan): number {
  return seconds * 1e9 + nanos;
}

export interface Published {
  readonly name: string;
  readonly message: RequestMessage | AttemptMessage;
}

const PHASES = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;

/** What comes over the channels from now on, in its order. */
export function subscribe(onMessage: (published: Published) => void): () => void {
  const unsubscribers = ['request', 'attempt'].flatMap((subject) =>
    PHASES.map((phase) => {
      const one = channel(`tracing:tollgate:${subject}:${phase}`);
      const subscriber = (message: unknown) => onMessage({ name: `${subject}.${phase}`, message: message as RequestMessage });
      one.subscribe(subscriber);
      return () => one.unsubscribe(subscriber);
    }),
  );
  const unsubscribe = () => {
    for (const stop of unsubscribers) stop();
  };
  closeAfterTest(async () => unsubscribe());
  return unsubscribe;
}

export interface LogLine {
  readonly level: string;
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

/** Lines of a logger of pino's shape. */
export function logLines(gateway: Gateway, options = {}): LogLine[] {
  const lines: LogLine[] = [];
  const at = (level: string) => (fields: object, message: string) => lines.push({ level, fields: { ...fields }, message });
  const logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  closeAfterTest(async () => stop());
  const stop = logCalls(gateway, logger, options);
  return lines;
}

/** Events in the order they come. */
export function eventsOf(gateway: Gateway): EventMap[EventType][] {
  const events: EventMap[EventType][] = [];
  for (const type of EVENT_TYPES) gateway.on(type, (event) => events.push(event));
  return events;
}
