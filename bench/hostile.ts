/**
 * What can a client do to a process that serves `gateway.handler`? Each attack of `hostile-attacks.ts` is sent over a
 * socket to a gateway in a child process, twice: told are the answers' statuses; the longest time that its event loop was
 * held, and the memory of the process (its resident set, above what it was before) in the first run; what the requests
 * held (heap and buffers, garbage collected before each look) in the second.
 * `npm run build && node bench/hostile.ts`, with a part of a name to try only some, and with `--hono=FOLDER` behind Hono 4,
 * if that and `@hono/node-server` are installed in the folder; exits with 1 where an attack holds more
 * than 4 times the limit for each request, or more than 50 ms of the event loop.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Attack, attacksFor } from './hostile-attacks.ts';

// The default of `handler.maxRequestBytes`.
const LIMIT = 4 * 1024 * 1024;
// The default of `handler.maxUploadBytes`.
const UPLOAD_LIMIT = 513 * 1024 * 1024;
const MOST_DELAY_MS = 50;
const CHUNK = 64 * 1024;
const CHOICE = {
  index: 0,
  message: { role: 'assistant', content: 'said', refusal: null },
  finish_reason: 'stop',
  logprobs: null,
};
const USAGE = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };

const upstream = createServer((incoming, outgoing) => {
  incoming.resume().on('end', () => {
    outgoing.setHeader('content-type', 'application/json');
    outgoing.end(
      JSON.stringify({
        id: 'c',
        object: 'chat.completion',
        created: 1,
        model: 'm',
        text: 'said',
        choices: [CHOICE],
        usage: USAGE,
      }),
    );
  });
});
await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
const baseURL = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`;
const { values, positionals } = parseArgs({ options: { hono: { type: 'string' } }, allowPositionals: true });
const [only] = positionals;
let tooMuch = 0;

for (const attack of attacksFor(LIMIT, UPLOAD_LIMIT).filter(({ name }) => only === undefined || name.includes(only))) {
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
upstream.close();
process.exitCode = tooMuch === 0 ? 0 : 1;

interface Measures {
  readonly statuses: readonly string[];
  readonly memoryBytes: number;
  readonly rssBytes: number;
  readonly delayMs: number;
  readonly longestTurnMs: number;
}

/** An attack on a process of its own. */
async function measured(attack: Attack, order: 'begin' | 'begin collecting'): Promise<Measures> {
  const told = [baseURL, JSON.stringify(attack.guards ?? []), ...(values.hono === undefined ? [] : [values.hono])];
  const child = fork(fileURLToPath(new URL('./hostile-server.ts', import.meta.url)), told, {
    execArgv: ['--expose-gc', ...process.execArgv],
  });
  const [{ port }] = await once(child, 'message');
  // What loads when it is first used is not what is measured.
  for (let round = 0; round < 20; round += 1)
    await send(port, { name: '', parts: [['{"model":"fast","messages":[{"role":"user","content":"a"}]}', 1]] });
  child.send(order);
  await once(child, 'message');
  const statuses = await Promise.all(Array.from({ length: attack.clients ?? 1 }, () => send(port, attack)));
  child.send('end');
  const [measures] = await once(child, 'message');
  child.disconnect();
  await once(child, 'exit');
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
