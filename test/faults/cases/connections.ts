import { readFileSync } from 'node:fs';
import { Agent, buildConnector } from 'undici';
import { expect } from 'vitest';
import { completion } from '../../support/chat-upstream.ts';
import { startFaultServer } from '../../support/fault-server.ts';
import { callOnce, FALLBACK_TEXT, type House, healthy } from '../harness.ts';
import { ESTIMATED_INPUT, type FaultCase } from './case.ts';

const certificates = new URL('../../fixtures/tls/', import.meta.url);
const tls = { key: readFileSync(new URL('key.pem', certificates)), cert: readFileSync(new URL('certificate.pem', certificates)) };
export const tlsServer = await startFaultServer(healthy, { tls });
/** A server that takes whatever comes for a bad request. */
export const plainServer = await startFaultServer(() => {}, {
  onConnection: (socket) => void socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
});

/** Connects to everything but the host that swallows every packet. */
function dispatcherWithBlackhole(): Agent {
  const connect = buildConnector({});
  return new Agent({
    connect(options, callback) {
      if (options.hostname !== 'blackhole.test') connect(options, callback);
    },
  });
}

/** One call whose socket is free again afterwards: the HTTP client takes a turn of the event loop for that. */
async function warmUp(house: House): Promise<void> {
  await callOnce(house, false);
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

export const connectionCases: readonly FaultCase[] = [
  {
    rows: [1],
    name: 'a refused connection: the next deployment answers, and nothing is charged for the first',
    house: { first: healthy, baseURL: () => 'http://127.0.0.1:1/v1' },
    attempts: ['transient', 'ok'],
    requests: 1,
  },
  {
    rows: [1],
    name: 'a refused connection alone: tried again, then a connection error',
    house: { first: healthy, alone: true, baseURL: () => 'http://127.0.0.1:1/v1' },
    attempts: ['transient', 'transient'],
    error: { name: 'APIConnectionError', code: 'failover_exhausted', status: undefined },
    requests: 0,
  },
  {
    rows: [2],
    name: 'a host without an address',
    house: { first: healthy, baseURL: () => 'http://nowhere.invalid/v1' },
    attempts: ['transient', 'ok'],
    requests: 1,
  },
  {
    rows: [3],
    name: 'a certificate that does not verify: never accepted, and told without a key',
    house: { first: healthy, alone: true, baseURL: () => `${tlsServer.origin}/v1`, model: { retry: { maxAttempts: 1 } } },
    attempts: ['transient'],
    error: { name: 'APIConnectionError', code: 'failover_exhausted' },
    requests: 0,
    check({ error }) {
      const text = String(error) + JSON.stringify(error);
      expect(text).toContain('127.0.0.1');
      expect(text).not.toContain('sk-first-secret');
      expect(tlsServer.requests).toEqual([]);
    },
  },
  {
    rows: [4],
    name: 'TLS to a port that speaks plain HTTP',
    house: { first: healthy, baseURL: () => `${plainServer.origin.replace('http:', 'https:')}/v1` },
    attempts: ['transient', 'ok'],
    requests: 1,
  },
  {
    rows: [5],
    name: 'a connection that is never made ends by its timer',
    house: {
      first: healthy,
      baseURL: () => 'http://blackhole.test/v1',
      config: { dispatcher: dispatcherWithBlackhole(), timeouts: { connectMs: 30 } },
    },
    attempts: ['timeout', 'ok'],
    requests: 1,
  },
  {
    rows: [6],
    name: 'a reset before the headers: the request may have run, and counts',
    house: { first: (exchange) => exchange.reset() },
    attempts: ['transient', 'ok'],
    requests: 2,
    closed: true,
  },
  {
    rows: [7],
    name: 'a stale keep-alive socket: sent again at once on a fresh one, uncounted',
    house: {
      alone: true,
      // The first request of each connection is answered, a second finds it closed.
      first: (exchange) => (exchange.index === 1 ? exchange.end() : exchange.answer(200, completion(`answer ${exchange.index}`))),
    },
    before: warmUp,
    attempts: ['ok'],
    text: 'answer 2',
    requests: 2,
    calls: 2,
    tokens: 30,
    check: (_result, { server }) => expect(server.requests.map(({ connection }) => connection)).toEqual([0, 0, 1]),
  },
  {
    rows: [7],
    name: 'a fresh socket that closes before the headers is an attempt of its own',
    house: { first: (exchange) => exchange.end() },
    attempts: ['transient', 'ok'],
    requests: 2,
  },
  {
    rows: [21],
    name: 'a first byte that does not come: the next deployment, and the socket closes',
    house: { first: () => {}, config: { timeouts: { firstTokenMs: 40 } } },
    attempts: ['timeout', 'ok'],
    requests: 2,
    tokens: 15 + ESTIMATED_INPUT,
    closed: true,
  },
  {
    rows: [26],
    name: 'informational answers are passed over',
    house: {
      alone: true,
      async first(exchange) {
        await exchange.write('HTTP/1.1 103 Early Hints\r\nlink: </style.css>\r\n\r\n');
        await exchange.answer(200, completion('after the hints'));
      },
    },
    attempts: ['ok'],
    text: 'after the hints',
    requests: 1,
  },
  {
    rows: [27],
    name: 'a redirect is not followed: neither key nor prompt leaves',
    house: {
      first: (exchange) => exchange.answer(307, '', { location: `http://127.0.0.1:${exchange.socket.localPort}/stolen` }),
    },
    attempts: ['invalid-response', 'ok'],
    requests: 2,
    check: (_result, { server }) => expect(server.requests.map(({ path }) => path.split('/')[1])).toEqual(['first', 'second']),
  },
  {
    rows: [28],
    name: 'headers beyond the limit',
    house: { first: (exchange) => exchange.answer(200, completion('x'), { 'x-large': 'x'.repeat(70_000) }) },
    attempts: ['invalid-response', 'ok'],
    requests: 2,
  },
  {
    rows: [29],
    name: 'a body that is not what its encoding says',
    house: { first: (exchange) => exchange.answer(200, Buffer.from('no gzip at all'), { 'content-encoding': 'gzip' }) },
    attempts: ['invalid-response', 'ok'],
    requests: 2,
  },
  {
    rows: [29],
    name: 'a body that is not what its encoding says, alone: once more, then an error',
    house: { alone: true, first: (exchange) => exchange.answer(200, Buffer.from('no brotli'), { 'content-encoding': 'br' }) },
    attempts: ['invalid-response', 'invalid-response'],
    error: { code: 'failover_exhausted' },
    requests: 2,
  },
  {
    rows: [30],
    name: 'a body without an end is cut at the cap',
    house: {
      config: { maxBodyBytes: 10_000 },
      async first(exchange) {
        await exchange.head(200, { 'content-type': 'application/json' });
        while (!exchange.socket.destroyed) await exchange.write('x'.repeat(4_000));
      },
    },
    attempts: ['invalid-response', 'ok'],
    requests: 2,
    closed: true,
  },
  {
    rows: [31],
    name: 'a second answer on one socket is nobody else’s',
    house: {
      alone: true,
      async first(exchange) {
        if (exchange.index > 0) return exchange.answer(200, completion('mine'));
        await exchange.answer(200, completion('first'));
        await exchange.answer(200, completion('unasked'));
      },
    },
    before: warmUp,
    attempts: ['ok'],
    text: 'mine',
    requests: 2,
    calls: 2,
    tokens: 30,
  },
  {
    rows: [6],
    name: 'a second deployment that fails too: the first failure names the error',
    house: {
      first: (exchange) => exchange.reset(),
      second: (exchange) => exchange.answer(500, { error: { message: 'broken' } }),
    },
    attempts: ['transient', 'transient', 'transient', 'transient'],
    error: { name: 'APIConnectionError', code: 'failover_exhausted' },
    requests: 4,
    check: ({ text }) => expect(text).not.toBe(FALLBACK_TEXT),
  },
];
