import { Gateway, type GatewayConfig, type Guard, routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { closeAfterTest, providersAt, upstream } from '../public/harness.ts';
import { chunk, completion } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { echoHeaders, echoOf, errorBody, KEY, PROMPT } from './echoing-upstream.ts';
import { tracesOf, Witness } from './witness.ts';

const messages = [{ role: 'user' as const, content: `say ${PROMPT}` }];
const caller = { team: 't' };

/** Says what it was asked, and repeats key and request in its headers and in comments of its streams. */
async function repeats(exchange: FaultExchange): Promise<unknown> {
  const { path, body } = exchange.request;
  if (path.endsWith('/embeddings')) return exchange.answer(200, EMBEDDING, echoHeaders());
  if (!String(body).includes('"stream":true')) return exchange.answer(200, completion(`you said ${PROMPT}`), echoHeaders());
  await exchange.head(200, { ...echoHeaders(), 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked' });
  await exchange.chunk(`: ${echoOf(exchange).replaceAll('\n', '\n: ')}\n\n`);
  for (const item of [chunk({ role: 'assistant', content: 'you said ' }), chunk({ content: PROMPT }), chunk({}, 'stop')])
    await exchange.chunk(`: ${KEY} ${PROMPT}\n\ndata: ${JSON.stringify(item)}\n\n`);
  await exchange.chunk('data: [DONE]\n\n');
  return exchange.lastChunk();
}

const EMBEDDING = {
  ...{ object: 'list', model: 'embed', data: [{ object: 'embedding', index: 0, embedding: [1, 0] }] },
  usage: { prompt_tokens: 2, total_tokens: 2 },
};

const throwing: Guard = {
  name: 'throws',
  on: 'both',
  mode: 'block',
  check({ parts }) {
    throw new Error(`${KEY} ${parts.map(({ text }) => text).join(' ')}`);
  },
};
const guard = (on: 'input' | 'output' | 'both', mode: 'block' | 'redact' | 'flag') => ({
  guards: [{ name: 'words', on, mode, use: 'pattern' as const, deny: [{ text: PROMPT, kind: 'word' }] }],
});
const byMeaning = { mode: 'semantic', semantic: { model: 'embed' } } as const;

/** What stands between a caller and a provider. */
const FEATURES: Readonly<Record<string, Partial<GatewayConfig>>> = {
  'a cache': { cache: { ttl: '1h' } },
  'a cache by meaning': { cache: { ttl: '1h', ...byMeaning } },
  'a cache whose store fails with what it was given': {
    cache: {
      ttl: '1h',
      store: {
        get: (key: string) => Promise.reject(new Error(`${KEY} ${PROMPT} ${key}`)),
        set: (key: string, value: unknown) => Promise.reject(new Error(`${KEY} ${key} ${JSON.stringify(value)}`)),
      },
    },
  },
  'a guard that blocks what goes in': guard('input', 'block'),
  'a guard that redacts': guard('both', 'redact'),
  'a guard that blocks what comes out': guard('output', 'block'),
  'a guard that flags': guard('both', 'flag'),
  'a guard that throws what it saw': { guards: [throwing] },
  'a cache and a guard': { cache: { ttl: '1h' }, ...guard('output', 'redact') },
};

async function scene(config: Partial<GatewayConfig>, script = repeats): Promise<{ gateway: Gateway; witness: Witness }> {
  const server = await upstream(script);
  const providers = Object.entries(providersAt(server, 'one', 'two') ?? {});
  const gateway = new Gateway({
    providers: Object.fromEntries(providers.map(([name, provider]) => [name, { ...provider, apiKey: KEY }])),
    models: { m: ['one/m', 'two/m'], embed: ['one/embed'] },
    retry: { minDelayMs: 1, maxDelayMs: 1, maxAttempts: 3 },
    ...config,
  } as GatewayConfig);
  closeAfterTest(() => gateway.close({ deadlineMs: 0 }));
  return { gateway, witness: new Witness(gateway) };
}

/** Twice each, so that what was kept is asked for; one of the streams is left early. */
async function callTwice(client: Gateway, witness: Witness): Promise<void> {
  for (const content of [`say ${PROMPT}`, `Say ${PROMPT}!`]) {
    const asked = { model: 'm', messages: [{ role: 'user' as const, content }] };
    await noted(witness, () => client.chat.completions.create(asked));
    await noted(witness, async () => Array.fromAsync(await client.chat.completions.create({ ...asked, stream: true })));
  }
  await noted(witness, async () => {
    for await (const _ of await client.chat.completions.create({ model: 'm', messages, stream: true, temperature: 1 })) break;
  });
}

async function noted(witness: Witness, call: () => PromiseLike<unknown>): Promise<void> {
  try {
    const answer = await call();
    witness.got('answer', answer);
    witness.got('route', routeOf(answer));
  } catch (error) {
    witness.got('error', error);
    witness.got('route', routeOf(error));
  }
}

async function expectNothingOutside(witness: Witness): Promise<void> {
  expect(await witness.placesOf(tracesOf(KEY))).toEqual({ elsewhere: [], atCaller: [] });
  expect((await witness.placesOf([PROMPT])).elsewhere).toEqual([]);
  for (const way of ['events', 'channels', 'telemetry', 'log', 'dashboard']) expect(witness.count(way)).toBeGreaterThan(1);
}

describe('a call whose upstream repeats key and prompt', () => {
  it.each(Object.entries(FEATURES))('through %s leaves neither anywhere but with its caller', async (_, config) => {
    const { gateway, witness } = await scene(config);
    await callTwice(gateway.for(caller), witness);
    await expectNothingOutside(witness);
  });

  it('in a run leaves neither, also where the run has come to its limit', async () => {
    const { gateway, witness } = await scene({});
    await gateway.run(caller, () => callTwice(gateway, witness), { id: 'r', maxCalls: 2 });
    await callTwice(gateway.for(caller, { maxTokens: 1 }), witness);
    await expectNothingOutside(witness);
  });

  it.each([400, 401, 429, 500])('in a run, with cache and guards, leaves neither when it fails with %i', async (status) => {
    const config = { cache: { ttl: '1h' }, ...guard('output', 'flag') } as const;
    const { gateway, witness } = await scene(
      config,
      (exchange) => exchange.answer(status, errorBody(exchange, status), echoHeaders()) as Promise<unknown>,
    );
    await gateway.run(caller, () => callTwice(gateway, witness), { maxCalls: 50 });
    await expectNothingOutside(witness);
  });
});

/** Where a caller may put a text, other than in what is asked. */
const PLACES: Readonly<Record<string, (gateway: Gateway) => PromiseLike<unknown>>> = {
  'the name of a file': (gateway) => gateway.audio.transcriptions.create({ model: 'm', file: new File(['x'], `${PROMPT}.wav`) }),
  'the name of a field': (gateway) => gateway.chat.completions.create({ ...hello, metadata: { [PROMPT]: 'x' } }),
  'a header': (gateway) => gateway.chat.completions.create(hello, { headers: { 'x-note': PROMPT } }),
  'the query': (gateway) => gateway.chat.completions.create(hello, { query: { note: PROMPT } }),
  'a redirected prompt': (gateway) => gateway.images.generate({ model: 'm', prompt: PROMPT }),
};
const hello = { model: 'm', messages: [{ role: 'user' as const, content: 'hello' }] };

describe('what a caller puts into', () => {
  it.each(Object.entries(PLACES))('%s is nowhere if an upstream makes a code of it', async (_, ask) => {
    for (const status of [302, 400, 429]) {
      const location = `http://127.0.0.1:1/?key=${encodeURIComponent(KEY)}&q=${PROMPT}`;
      const { gateway, witness } = await scene({}, (exchange) =>
        exchange.answer(status, errorBody(exchange, status), { ...echoHeaders(), location }),
      );
      await noted(witness, () => ask(gateway.for(caller)));
      await expectNowhereElse(witness);
    }
  });
});

describe('a text that an answer gives as', () => {
  it('the name of a tool is not told by a run, unless it may be one', async () => {
    const named = (name: string) => ({ id: 'c', type: 'function', function: { name, arguments: '{}' } });
    const message = { role: 'assistant', content: null, tool_calls: [named(`you said ${PROMPT}`), named('get_weather')] };
    const answer = { ...completion(''), choices: [{ index: 0, message, finish_reason: 'tool_calls' }] };
    const { gateway, witness } = await scene({}, (exchange) => exchange.answer(200, answer));
    const tools: unknown[] = [];
    gateway.on('run.end', ({ totals }) => void tools.push(totals.tools));
    await gateway.run(caller, () => noted(witness, () => gateway.chat.completions.create(hello)), { maxCalls: 9 });
    await expectNowhereElse(witness);
    expect(tools).toEqual([{ '(others)': 1, get_weather: 1 }]);
  });

  it.each(['finish_reason', 'id', 'model', 'system_fingerprint', 'service_tier'])('%s is nowhere', async (field) => {
    const choice = {
      index: 0,
      message: { role: 'assistant', content: 'hi' },
      finish_reason: field === 'finish_reason' ? PROMPT : 'stop',
    };
    const answer = { ...completion('hi'), [field]: `${PROMPT} ${KEY}`, choices: [choice] };
    const { gateway, witness } = await scene({}, (exchange) => exchange.answer(200, answer));
    await noted(witness, () => gateway.chat.completions.create(hello));
    await expectNowhereElse(witness);
  });
});

async function expectNowhereElse(witness: Witness): Promise<void> {
  expect((await witness.placesOf(tracesOf(KEY))).elsewhere).toEqual([]);
  expect((await witness.placesOf([PROMPT])).elsewhere).toEqual([]);
  for (const way of ['events', 'log']) expect(witness.count(way)).toBeGreaterThan(0);
}
