// Run by loader-hook.test.ts in a process whose modules are wrapped.
import { channel } from 'node:diagnostics_channel';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { OpenAI } from 'openai';
import { Gateway } from 'tollgate';
import { instrument } from 'tollgate/otel';
import { scriptedProvider } from 'tollgate/testing';

const published: string[] = [];
for (const name of ['request:start', 'request:asyncEnd', 'attempt:start', 'attempt:error', 'attempt:asyncEnd']) {
  channel(`tracing:tollgate:${name}`).subscribe(() => published.push(name));
}
const exporter = new InMemorySpanExporter();
const tracer = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }).getTracer('test');
const gateway = new Gateway({
  providers: {
    one: { provider: scriptedProvider('one', [{ fail: 'transient' }]) },
    two: { provider: scriptedProvider('two', [{ text: 'hello' }]) },
  },
  models: { m: ['one/m', 'two/m'] },
});
instrument(gateway, { tracer });
const messages = [{ role: 'user' as const, content: 'hi' }];
const answer = await gateway.chat.completions.create({ model: 'm', messages });
const unknown = await gateway.chat.completions.create({ model: 'unknown', messages }).catch((error: unknown) => error);
await gateway.close();
const spans = exporter.getFinishedSpans().map(({ name, attributes, events, parentSpanContext }) => ({
  name,
  error: attributes['error.type'],
  isChild: parentSpanContext !== undefined,
  events: events.map((event) => event.name),
}));
const { wrappedModules = 0 } = globalThis as { wrappedModules?: number };
console.log(
  JSON.stringify({
    isWrapped: wrappedModules > 100,
    isClient: gateway instanceof OpenAI,
    isApiError: unknown instanceof OpenAI.APIError,
    text: answer.choices[0]?.message.content,
    published,
    spans,
  }),
);
