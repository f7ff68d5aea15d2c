/**
 * What one tracer sees of one client: `node probe.mjs TRACER CLIENT` in a folder where the packages are installed, where CLIENT
 * is `openai` or `gateway`, with ` + otel` for a gateway that `tollgate/otel` watches too. Prints one line of JSON.
 */
import { createRequire, register } from 'node:module';
import { startUpstream } from './upstream.mjs';

const [tracerName, clientName] = process.argv.slice(2);
// By a variable: none of these is a package of this project.
const load = (name) => import(name);

const upstream = await startUpstream();
const { BasicTracing } = await import('./tracing.mjs');
const tracing = await BasicTracing.start(load);

/** Starts a tracer; gives what wraps a client, and the records that it has made so far. */
const TRACERS = {
  async none() {
    return { wrap: (client) => client, records: () => [] };
  },
  async opentelemetry() {
    hook('@opentelemetry/instrumentation-openai');
    const { OpenAIInstrumentation } = await load('@opentelemetry/instrumentation-openai');
    new OpenAIInstrumentation().setTracerProvider(tracing.provider);
    return { wrap: (client) => client, records: () => tracing.records() };
  },
  openinference: () => byHand('@arizeai/openinference-instrumentation-openai'),
  traceloop: () => byHand('@traceloop/instrumentation-openai'),
  async langfuse() {
    const { setLangfuseTracerProvider } = await load('@langfuse/tracing');
    setLangfuseTracerProvider(tracing.provider);
    const { observeOpenAI } = await load('@langfuse/openai');
    return { wrap: (client) => observeOpenAI(client), records: () => tracing.records() };
  },
  async langsmith() {
    const { wrapOpenAI } = await load('langsmith/wrappers');
    const { Client } = await load('langsmith');
    const client = new Client({ apiUrl: `${upstream.origin}/langsmith`, apiKey: 'none', autoBatchTracing: false });
    return {
      wrap: (openai) => wrapOpenAI(openai, { client, tracingEnabled: true }),
      records: () => upstream.runs(),
    };
  },
  async braintrust() {
    const { wrapOpenAI, initLogger, _exportsForTestingOnly: testing } = await load('braintrust');
    testing.setInitialTestState?.();
    await testing.simulateLoginForTests();
    const logger = testing.useTestBackgroundLogger();
    initLogger({ projectName: 'try', projectId: 'try' });
    const rows = [];
    const records = async () => {
      rows.push(...(await logger.drain()));
      return rows.map((row) => ({
        name: row.span_attributes?.name ?? '',
        ended: row.metrics?.end !== undefined,
        tokens: row.metrics?.prompt_tokens ?? row.metrics?.tokens,
      }));
    };
    return { wrap: wrapOpenAI, records };
  },
};

/** The loader that lets an instrumentation see ES modules; each brings one of its own. */
function hook(name) {
  const from = createRequire(createRequire(import.meta.url).resolve(name));
  register(from.resolve('@opentelemetry/instrumentation/hook.mjs').replace(/^/, 'file://'));
}

async function byHand(name) {
  const { OpenAIInstrumentation } = await load(name);
  const instrumentation = new OpenAIInstrumentation();
  instrumentation.setTracerProvider(tracing.provider);
  const { OpenAI } = await load('openai');
  instrumentation.manuallyInstrument(OpenAI);
  return { wrap: (client) => client, records: () => tracing.records() };
}

const { wrap, records } = await TRACERS[tracerName]();
const { OpenAI } = await load('openai');
const plain = await makeClient();
const client = wrap(plain);

async function makeClient() {
  if (clientName === 'openai') return new OpenAI({ apiKey: 'none', baseURL: `${upstream.origin}/v1`, maxRetries: 0 });
  const { Gateway } = await load('tollgate');
  const gateway = new Gateway({
    providers: { lab: { type: 'openai-compatible', apiKey: 'none', baseURL: `${upstream.origin}/v1` } },
    models: { m: ['lab/m'] },
  });
  if (clientName.includes('otel')) {
    const { instrument } = await load('tollgate/otel');
    instrument(gateway, { tracer: tracing.provider.getTracer('tollgate') });
  }
  return gateway;
}

const messages = [{ role: 'user', content: 'hello?' }];
const response_format = {
  type: 'json_schema',
  json_schema: { name: 'a', strict: true, schema: { type: 'object', properties: {} } },
};
const readAll = async (stream) => {
  let count = 0;
  for await (const _ of stream) count += 1;
  if (count === 0) throw new Error('no items');
};
const withUsage = { stream: true, stream_options: { include_usage: true } };

/** Each is a way to call; it throws if it does not work as it does on a plain client. */
const WAYS = {
  chat: async () => void (await client.chat.completions.create({ model: 'm', messages })).choices[0].message.content.length,
  'chat, streamed': async () => readAll(await client.chat.completions.create({ model: 'm', messages, ...withUsage })),
  'stream left early': async () => {
    for await (const _ of await client.chat.completions.create({ model: 'm', messages, ...withUsage })) break;
  },
  '.parse()': async () => {
    const parsed = await client.chat.completions.parse({ model: 'm', messages, response_format });
    if (!('parsed' in parsed.choices[0].message)) throw new Error('nothing parsed');
  },
  '.stream()': async () => {
    await client.chat.completions.stream({ model: 'm', messages, stream_options: { include_usage: true } }).finalChatCompletion();
  },
  Responses: async () => void (await client.responses.create({ model: 'm', input: 'hello?' })).output_text.length,
  'Responses, streamed': async () => readAll(await client.responses.create({ model: 'm', input: 'hello?', stream: true })),
  embeddings: async () => void (await client.embeddings.create({ model: 'm', input: 'hello?' })).data[0].embedding.length,
  '.withOptions()': async () =>
    void (await client.withOptions({ timeout: 9_000 }).chat.completions.create({ model: 'm', messages })).choices.length,
};

/** What else a client can do, and what is lost. */
const HELPERS = {
  '.withResponse()': async () => {
    const { response, data } = await client.chat.completions.create({ model: 'm', messages }).withResponse();
    if (!response.headers || !data.choices) throw new Error('no response');
  },
  'stream.tee()': async () => {
    const [left] = (await client.chat.completions.create({ model: 'm', messages, ...withUsage })).tee();
    await readAll(left);
  },
  'stream.controller': async () =>
    void (await client.chat.completions.create({ model: 'm', messages, ...withUsage })).controller.signal.aborted,
  'instanceof OpenAI': async () => {
    if (!(client instanceof OpenAI)) throw new Error('it is none');
  },
  ...(clientName !== 'openai' && {
    '.for()': async () => {
      if (client.for({ team: 't' }).chat === undefined) throw new Error('no clone');
    },
  }),
};

const seen = {};
for (const [way, call] of Object.entries(WAYS)) {
  const before = (await records()).length;
  const problem = await tried(call);
  const made = await madeSince(before);
  seen[way] = {
    ...(problem !== undefined && { problem }),
    spans: made.length,
    ended: made.every(({ ended }) => ended),
    tokens: made.filter(({ tokens }) => tokens > 0).length,
  };
}
const lost = {};
for (const [helper, use] of Object.entries(HELPERS)) {
  const problem = await tried(use);
  if (problem !== undefined) lost[helper] = problem;
}
console.log(JSON.stringify({ tracer: tracerName, client: clientName, seen, lost }));
process.exit(0);

/** Undefined if all went well. */
async function tried(call) {
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error('no end within 15 s')), 15_000).unref());
  try {
    await Promise.race([call(), late]);
  } catch (error) {
    return String(error?.message ?? error)
      .split('\n')[0]
      .slice(0, 120);
  }
}

/** The records that a call has made, once they have ended; some never do. */
async function madeSince(before) {
  for (let waits = 0; ; waits += 1) {
    await new Promise((resolve) => setTimeout(resolve, 150));
    const made = (await records()).slice(before);
    if (waits > 10 || (waits > 0 && made.every(({ ended }) => ended))) return made;
  }
}
