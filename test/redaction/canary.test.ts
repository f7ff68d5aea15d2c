import { Gateway, type GatewayConfig, routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { closeAfterTest, upstream } from '../public/harness.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { echoHeaders, echoOf, errorBody, KEY, PROMPT, WIRES, type Wire } from './echoing-upstream.ts';
import { tracesOf, Witness } from './witness.ts';

const messages = [{ role: 'user' as const, content: PROMPT }];

/** What an upstream does that repeats everything it was sent; `wire` tells how its answers look. */
type Misdeed = (exchange: FaultExchange, wire: Wire) => unknown;

const refuses =
  (status: number): Misdeed =>
  (exchange) =>
    exchange.answer(status, errorBody(exchange, status), echoHeaders());

const page: (status: number) => Misdeed = (status) => (exchange) =>
  exchange.answer(status, `<html><body>${KEY} ${echoOf(exchange)}</body></html>`, {
    ...echoHeaders(),
    'content-type': 'text/html',
  });

const afterContent =
  (end: Misdeed): Misdeed =>
  async (exchange, wire) => {
    if (!isStream(exchange)) return exchange.answer(500, errorBody(exchange, 500), echoHeaders());
    await exchange.head(200, { ...echoHeaders(), 'content-type': wire.contentType, 'transfer-encoding': 'chunked' });
    await exchange.chunk(wire.start(`you said ${PROMPT}`));
    await end(exchange, wire);
  };

const MISDEEDS: Readonly<Record<string, Misdeed>> = {
  ...Object.fromEntries([400, 401, 402, 404, 422, 429, 500, 503].map((status) => [`a ${status}`, refuses(status)])),
  'a page with 200': page(200),
  'a page with 403': page(403),
  'a page with 502': page(502),
  'text instead of JSON': (exchange) =>
    exchange.answer(500, echoOf(exchange), { ...echoHeaders(), 'content-type': 'text/plain' }),
  'an error in a 200': (exchange) => exchange.answer(200, errorBody(exchange, 200), echoHeaders()),
  'cut JSON': (exchange) => exchange.answer(200, JSON.stringify(errorBody(exchange, 200)).slice(0, -9), echoHeaders()),
  'a redirect': ({ request, answer }) =>
    answer(302, '', { ...echoHeaders(), location: `http://other.test/?key=${KEY}&p=${request.path}` }),
  'bytes that are no HTTP': async (exchange) => {
    await exchange.write(`\x00\x01 ${KEY} ${PROMPT}\r\n\r\n`);
    exchange.end();
  },
  'a reset': (exchange) => exchange.reset(),
  'half an answer': async (exchange) => {
    await exchange.head(500, { ...echoHeaders(), 'content-length': '9999' });
    await exchange.write(JSON.stringify(errorBody(exchange, 500)));
    exchange.reset();
  },
  'an error before content': async (exchange, wire) => {
    if (!isStream(exchange)) return exchange.answer(500, errorBody(exchange, 500), echoHeaders());
    await exchange.head(200, { ...echoHeaders(), 'content-type': wire.contentType, 'transfer-encoding': 'chunked' });
    await exchange.chunk(wire.failure(errorBody(exchange, 500)));
    return exchange.lastChunk();
  },
  'an error after content': afterContent(async (exchange, wire) => {
    await exchange.chunk(wire.failure(errorBody(exchange, 500)));
    await exchange.lastChunk();
  }),
  'a break after content': afterContent((exchange) => exchange.reset()),
};

function isStream({ request }: FaultExchange): boolean {
  return /stream/i.test(request.path) || request.body.includes('"stream":true');
}

interface Scene {
  readonly gateway: Gateway;
  readonly witness: Witness;
}

async function scene(wire: Wire, misdeed: Misdeed, more: Partial<GatewayConfig> = {}): Promise<Scene> {
  const server = await upstream((exchange) => misdeed(exchange, wire));
  const at = (name: string) => ({ ...wire.provider, baseURL: `${server.origin}/${name}${wire.basePath}` });
  const gateway = new Gateway({
    providers: { one: at('one'), two: at('two') },
    models: { m: ['one/m', 'two/m'] },
    retry: { minDelayMs: 1, maxDelayMs: 1, maxAttempts: 3 },
    budgets: [{ name: 'b', limit: { tokens: 1_000_000 }, window: 'day' }],
    ...more,
  } as GatewayConfig);
  closeAfterTest(() => gateway.close({ deadlineMs: 0 }));
  return { gateway, witness: new Witness(gateway) };
}

/** Makes a call in each way in which calls are made, and shows the witness what the caller got. */
async function callInEveryWay({ gateway, witness }: Scene): Promise<void> {
  const body = { model: 'm', messages };
  const whole = gateway.chat.completions.create(body).withResponse();
  await gotten(
    witness,
    whole.then(({ response, data }) => [response.headers, data]),
  );
  const raw = gateway.chat.completions.create(body).asResponse();
  await gotten(
    witness,
    raw.then(async (response) => [response.headers, await response.text()]),
  );
  await gotten(witness, readAll(gateway));
  const response = gateway.responses.create({ model: 'm', input: PROMPT });
  await gotten(
    witness,
    response.then((whole) => [whole]),
  );
  await gotten(
    witness,
    gateway.responses.create({ model: 'm', input: PROMPT, stream: true }).then((events) => Array.fromAsync(events)),
  );
  for (const stream of [false, true]) {
    const response = await gateway.handler('http://gateway.test/v1/chat/completions', {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ ...body, stream }),
    });
    witness.got('headers over HTTP', response.headers);
    witness.got('body over HTTP', await response.text());
  }
}

async function readAll(gateway: Gateway): Promise<unknown[]> {
  const { data, response } = await gateway.chat.completions.create({ model: 'm', messages, stream: true }).withResponse();
  const chunks: unknown[] = [response.headers];
  for await (const chunk of data) chunks.push(chunk);
  return chunks;
}

async function gotten(witness: Witness, answer: Promise<unknown[]>): Promise<void> {
  const outcome = await answer.catch((error: unknown) => error);
  witness.got(outcome instanceof Error ? 'error' : 'answer', outcome);
  witness.got('route', routeOf(outcome));
  if (Array.isArray(outcome)) for (const part of outcome) witness.got('answer', part);
}

describe.each(Object.entries(WIRES))('%s', (_, wire) => {
  it.each(Object.entries(MISDEEDS))(
    'repeats everything in %s: the key is nowhere, the prompt is with the caller alone',
    async (_name, misdeed) => {
      const scenery = await scene(wire, misdeed);
      await callInEveryWay(scenery);
      const { witness } = scenery;
      expect(await witness.placesOf(tracesOf(KEY))).toEqual({ elsewhere: [], atCaller: [] });
      expect((await witness.placesOf([PROMPT])).elsewhere).toEqual([]);
      for (const way of ['events', 'channels', 'telemetry', 'log']) expect(witness.count(way)).toBeGreaterThan(6);
    },
  );

  it('repeats the key in headers of an answer: it is nowhere', async () => {
    const scenery = await scene(wire, async (exchange) => {
      if (!isStream(exchange)) return exchange.answer(200, wire.answer(`you said ${PROMPT}`), echoHeaders());
      await exchange.head(200, { ...echoHeaders(), 'content-type': wire.contentType, 'transfer-encoding': 'chunked' });
      await exchange.chunk(wire.start(`you said ${PROMPT}`));
      return exchange.lastChunk();
    });
    await callInEveryWay(scenery);
    const { witness } = scenery;
    expect(await witness.placesOf(tracesOf(KEY))).toEqual({ elsewhere: [], atCaller: [] });
    expect((await witness.placesOf([PROMPT])).elsewhere).toEqual([]);
    expect((await witness.placesOf([PROMPT])).atCaller).not.toEqual([]);
    const { response, data } = await scenery.gateway.chat.completions.create({ model: 'm', messages }).withResponse();
    expect(response.headers.get('x-ratelimit-remaining-requests')).toBe('9');
    expect(data).toHaveProperty('_request_id', response.headers.get('x-tollgate-request-id'));
  });
});
