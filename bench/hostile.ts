/**
 * What can a client do to a process that serves `gateway.handler`? Each attack is sent over sockets to a gateway in a child
 * process. Bodies (`hostile-attacks.ts`) are sent twice: told are the answers' statuses; the longest time that its event loop
 * was held, and the memory of the process (its resident set, above what it was before) in the first run; what the requests
 * held (heap and buffers, garbage collected before each look) in the second. Then come clients that read slowly or leave
 * (`hostile-readers.ts`), and those that hold connections beside good calls (`hostile-connections.ts`).
 * `npm run bench:hostile`, behind `--` with parts of names to try only some, and with `--hono=FOLDER` behind Hono 4,
 * if that and `@hono/node-server` are installed in the folder; exits with 1 where an attack holds more
 * than 4 times the limit for each request, or more than 50 ms of the event loop.
 */
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { attacksFor } from './hostile-attacks.ts';
import type { Attack } from './hostile-bodies.ts';
import { HostileChild, type Measures } from './hostile-child.ts';
import { tryConnections } from './hostile-connections.ts';
import { tryReaders } from './hostile-readers.ts';
import { startHostileUpstream } from './hostile-upstream.ts';

// The default of `handler.maxRequestBytes`.
const LIMIT = 4 * 1024 * 1024;
// The default of `handler.maxUploadBytes`.
const UPLOAD_LIMIT = 513 * 1024 * 1024;
const MOST_DELAY_MS = 50;
const CHUNK = 64 * 1024;
const upstream = await startHostileUpstream();
const { values, positionals } = parseArgs({ options: { hono: { type: 'string' } }, allowPositionals: true });
const isWanted = (name: string) => positionals.length === 0 || positionals.some((part) => name.includes(part));
let tooMuch = 0;

for (const attack of attacksFor(LIMIT, UPLOAD_LIMIT).filter(({ name }) => isWanted(name))) {
  const { statuses, rssBytes, delayMs, longestTurnMs } = await measured(attack, 'begin');
  const { memoryBytes } = await measured(attack, 'begin collecting');
  const { limit = LIMIT, clients = 1 } = attack;
  const times = memoryBytes / limit / clients;
  // Several requests may have their steps in one turn; how long one takes is told if there is one.
  const holds = attack.clients === undefined && Math.min(delayMs, longestTurnMs) > MOST_DELAY_MS;
  const bad = times > 4 || holds;
  if (bad) tooMuch += 1;
  const facts = [
    `${times.toFixed(2)} × the limit`,
    `rss +${(rssBytes / 1e6).toFixed(0)} MB, ${(rssBytes / limit / clients).toFixed(2)} ×`,
    `delay ${delayMs.toFixed(0)} ms, of which ${longestTurnMs.toFixed(0)} of work`,
  ];
  console.log(
    `${bad ? '! ' : '  '}${attack.name.padEnd(40)} ${[...new Set(statuses)].join(', ').padEnd(12)} ${facts.join('  ')}`,
  );
}
const stage = { upstream, hono: values.hono, isWanted };
tooMuch += await tryReaders(stage);
tooMuch += await tryConnections(stage);
upstream.close();
process.exitCode = tooMuch === 0 ? 0 : 1;

/** An attack on a process of its own. */
async function measured(
  attack: Attack,
  order: 'begin' | 'begin collecting',
): Promise<Measures & { readonly statuses: readonly string[] }> {
  const child = await HostileChild.start({ upstream, hono: values.hono, wire: attack.wire, config: attack.config });
  await child.begin(order);
  const statuses = await Promise.all(Array.from({ length: attack.clients ?? 1 }, () => send(child.port, attack)));
  const measures = await child.end();
  await child.stop();
  return { ...measures, statuses };
}

/** The status of the answer, or what became of the connection. */
async function send(
  port: number,
  { path = '/v1/chat/completions', method = 'POST', type = 'application/json', chunked = false, parts }: Attack,
): Promise<string> {
  const length = parts.reduce((sum, [text, times]) => sum + Buffer.byteLength(text) * times, 0);
  const headers = length === 0 ? {} : { 'content-type': type, ...(chunked ? {} : { 'content-length': length }) };
  const outgoing = request({ port, path, method, headers, agent: false });
  const answered = new Promise<string>((resolve) => {
    outgoing.once('response', (incoming) => {
      const status = String(incoming.statusCode);
      incoming.resume().once('close', () => resolve(status));
      // The rest of a body that is refused may find the connection closed.
      outgoing.once('error', () => resolve(status));
    });
    outgoing.once('error', (error) => resolve((error as NodeJS.ErrnoException).code ?? error.message));
  });
  const sent = pipeline(Readable.from(chunksOf(parts), { objectMode: false }), outgoing).catch(() => {});
  const status = await answered;
  outgoing.destroy();
  await sent;
  return status;
}

function* chunksOf(parts: Attack['parts']): Generator<string> {
  for (const [text, times] of parts) {
    const perChunk = Math.max(1, Math.floor(CHUNK / text.length));
    const chunk = text.repeat(Math.min(perChunk, times));
    for (let left = times; left > 0; left -= perChunk) yield left >= perChunk ? chunk : text.repeat(left);
  }
}
