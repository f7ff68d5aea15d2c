import { createRequire } from 'node:module';
import { createNoopMeter, type Meter } from '@opentelemetry/api';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { type ClientOptions, OpenAI } from 'openai';
import type { Gateway } from 'tollgate';
import { logCalls } from 'tollgate/log';
import { instrument } from 'tollgate/otel';
import { withBareTelemetry } from './bare-telemetry.ts';
import type { Calls } from './calls.ts';
import type { WatchedKind } from './scenarios.ts';

/** Collected by nobody. */
class IdleReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

function exportingNowhere(): TracerProvider {
  return new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter: nowhere })] });
}

/** OpenAI's own client, traced by the public instrumentation that is installed in the folder of `BENCH_TRACERS`. */
export async function traced(options: ClientOptions): Promise<OpenAI> {
  const path = `${process.env.BENCH_TRACERS}/node_modules/@arizeai/openinference-instrumentation-openai`;
  const { OpenAIInstrumentation } = createRequire(import.meta.url)(path);
  const instrumentation = new OpenAIInstrumentation({ tracerProvider: exportingNowhere() });
  instrumentation.manuallyInstrument(OpenAI);
  return new OpenAI(options);
}

/** Takes spans and does nothing with them. */
const nowhere: SpanExporter = {
  export: (_, done) => done({ code: 0 }),
  shutdown: async () => {},
};

/** Calls that the SDK is told of with nothing of Tollgate in between. */
export function withBareSdk(calls: Calls): Calls {
  return withBareTelemetry(calls, exportingNowhere().getTracer('bench'), uncollected());
}

function uncollected(): Meter {
  return new MeterProvider({ readers: [new IdleReader()] }).getMeter('bench');
}

/** The client of a gateway that is watched: by OpenTelemetry's SDK with a batch processor, or by a logger that drops its lines. */
export function watched({ gateway, client }: { gateway: Gateway; client: Gateway }, kind: WatchedKind): Gateway {
  if (kind === 'tollgate with log') {
    const drop = () => {};
    logCalls(gateway, { debug: drop, info: drop, warn: drop, error: drop });
    return client;
  }
  const tracers = exportingNowhere();
  const meter = kind === 'tollgate with spans' ? createNoopMeter() : uncollected();
  instrument(gateway, { tracer: tracers.getTracer('bench'), meter });
  return client;
}
