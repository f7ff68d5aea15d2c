/**
 * A gateway behind `node:http` or Hono, in a process of its own whose memory and event loop are watched. Started by
 * `bench/hostile.ts`, which says over the channel when an attack begins and when it has ended.
 */
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Gateway, type GatewayConfig } from 'tollgate';
import type { Wire } from './hostile-bodies.ts';

const [, , baseURL = '', type = 'openai-compatible', more = '{}', honoFolder] = process.argv;
const config: GatewayConfig = {
  providers: { lab: { type: type as Wire, apiKey: 'key', baseURL } },
  models: { fast: [{ provider: 'lab', model: 'm', price: { input: 1, output: 2, minute: 0.006 } }] },
  budgets: [{ name: 'all', limit: { usd: 9_000_000 }, window: 'day' }],
  defaultProvider: 'lab',
  ...(JSON.parse(more) as Partial<GatewayConfig>),
};
const gateway = new Gateway(config);
// Somebody listens, as in production.
let characters = 0;
let ended: Record<string, number> = {};
gateway.on('request.end', (event) => {
  characters += JSON.stringify(event).length;
  ended[event.outcome] = (ended[event.outcome] ?? 0) + 1;
});

function nodeServer(): Server {
  return createServer(async (incoming, outgoing) => {
    const left = new AbortController();
    outgoing.once('close', () => left.abort());
    const { method = 'GET', url = '/', headers } = incoming;
    const body = method === 'GET' || method === 'HEAD' ? undefined : Readable.toWeb(incoming);
    const init = { method, headers, body, duplex: 'half', signal: left.signal };
    const response = await gateway.handler(`http://${headers.host}${url}`, init);
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    await pipeline(response.body ?? [], outgoing).catch(() => left.abort());
  });
}

/** Hono of a folder in which it is installed. */
function honoServer(folder: string): Server {
  const load = createRequire(`${folder}/`);
  const { Hono } = load('hono');
  const { createAdaptorServer } = load('@hono/node-server');
  const app = new Hono();
  app.all('/*', (context: { readonly req: { readonly raw: Request } }) => gateway.handler(context.req.raw));
  return createAdaptorServer({ fetch: app.fetch });
}

const server = honoFolder === undefined ? nodeServer() : honoServer(honoFolder);
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

const delay = monitorEventLoopDelay({ resolution: 1 });
let peakBytes = 0;
let baseBytes = 0;
let peakRssBytes = 0;
let baseRssBytes = 0;
/** Whether what is garbage is collected before each look: what is left is what the requests hold. */
let collects = false;
setInterval(look, 2).unref();

function look(): void {
  if (collects) globalThis.gc?.();
  peakBytes = Math.max(peakBytes, usedBytes());
  peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss());
}

/** What JavaScript holds, and buffers beside its heap. */
function usedBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

let measuring = false;
let longestTurnMs = 0;

/** The processor time that each turn of the event loop takes of this thread: other processes do not lengthen it. */
function watchTurns(): void {
  const before = process.threadCpuUsage();
  setImmediate(() => {
    const { user, system } = process.threadCpuUsage(before);
    longestTurnMs = Math.max(longestTurnMs, (user + system) / 1_000);
    if (collects) look();
    if (measuring) watchTurns();
  });
}

process.on('message', (order: 'begin' | 'begin collecting' | 'end') => {
  if (order !== 'end') {
    globalThis.gc?.();
    collects = order === 'begin collecting';
    baseBytes = usedBytes();
    peakBytes = baseBytes;
    baseRssBytes = process.memoryUsage.rss();
    peakRssBytes = baseRssBytes;
    delay.reset();
    delay.enable();
    longestTurnMs = 0;
    ended = {};
    measuring = true;
    watchTurns();
    process.send?.({ begun: true });
    return;
  }
  delay.disable();
  measuring = false;
  // What has been closed is let go of in turns of its own, and its buffers after that.
  setTimeout(() => globalThis.gc?.(), 100);
  setTimeout(report, 300);
});

function report(): void {
  globalThis.gc?.();
  process.send?.({
    keptBytes: usedBytes() - baseBytes,
    memoryBytes: peakBytes - baseBytes,
    rssBytes: peakRssBytes - baseRssBytes,
    delayMs: delay.max / 1e6,
    longestTurnMs,
    eventCharacters: characters,
    ended,
  });
}
process.on('disconnect', () => process.exit());
process.send?.({ port: (server.address() as AddressInfo).port });
