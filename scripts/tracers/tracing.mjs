/** OpenTelemetry's SDK as a process has it, with what it recorded. */
export class BasicTracing {
  #started = [];
  provider;

  static async start(load) {
    const tracing = new BasicTracing();
    const { TracerProvider } = await load('@opentelemetry/sdk-trace');
    const { AsyncLocalStorageContextManager } = await load('@opentelemetry/context-async-hooks');
    const api = await load('@opentelemetry/api');
    const processor = {
      onStart: (span) => void tracing.#started.push(span),
      onEnd() {},
      forceFlush: async () => {},
      shutdown: async () => {},
    };
    tracing.provider = new TracerProvider({ spanProcessors: [processor] });
    api.trace.setGlobalTracerProvider(tracing.provider);
    api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    return tracing;
  }

  /** All spans but those of attempts, which repeat nothing. */
  records() {
    return this.#started
      .filter(({ name }) => !name.startsWith('attempt '))
      .map((span) => ({ name: span.name, ended: span.ended, tokens: tokensIn(span.attributes) }));
  }
}

const COUNTS = ['gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens', 'llm.token_count.prompt', 'llm.usage.total_tokens'];

function tokensIn(attributes) {
  for (const name of COUNTS) if (attributes[name] !== undefined) return attributes[name];
  const details = attributes['langfuse.observation.usage_details'];
  if (typeof details === 'string') return Math.max(0, ...Object.values(JSON.parse(details)));
  return undefined;
}
