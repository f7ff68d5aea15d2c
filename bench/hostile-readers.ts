import { once } from 'node:events';
import net from 'node:net';
import type { GatewayConfig } from 'tollgate';
import { HostileChild, type Stage } from './hostile-child.ts';

/** Clients that ask for more than 64 MB and read nothing of it, or leave when they have seen its start. */
interface Readers {
  readonly name: string;
  readonly clients: number;
  readonly leave?: boolean;
  /** Requests on each connection; 1 if it is not told. */
  readonly pipelined?: number;
  readonly request: string;
  readonly config?: Partial<GatewayConfig>;
}

const MIB = 1024 * 1024;
/** Four times the default of `handler.maxRequestBytes`, as for any request. */
const MOST_BYTES = 16 * MIB;
/** What may be left of all of them when they have gone. */
const MOST_KEPT_BYTES = 4 * MIB;
/** How long an upstream may send nothing before it is taken to wait for its reader. */
const STILL_MS = 500;

/** The engine frees buffers some time after it has collected what held them. */
const SETTLE_MS = 3_000;

const post = (path: string, body: string) =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
const CHAT = post('/v1/chat/completions', '{"model":"fast","messages":[{"role":"user","content":"b"}],"stream":true}');
const SPEECH = post('/v1/audio/speech', '{"model":"fast","input":"a","voice":"alloy"}');
const CONTENT = 'GET /v1/files/file-1/content HTTP/1.1\r\nhost: x\r\n\r\n';
const CACHE = { cache: { ttl: '1h', scope: 'shared' } } as const;
const HIDING = { guards: [{ name: 'people', on: 'output', mode: 'redact', use: 'personal-data' }] } as const;
const FLAGGING = { guards: [{ name: 'keys', on: 'output', mode: 'flag', use: 'secrets' }] } as const;

const READERS: readonly Readers[] = [
  { name: 'reads nothing: a stream', clients: 1, request: CHAT },
  { name: 'reads nothing: a stream, by 50', clients: 50, request: CHAT },
  { name: 'reads nothing: a stream, with a cache', clients: 1, request: CHAT, config: CACHE },
  { name: 'reads nothing: a stream, with guards that hide', clients: 1, request: CHAT, config: HIDING },
  { name: 'reads nothing: a stream, with guards that flag', clients: 1, request: CHAT, config: FLAGGING },
  { name: 'reads nothing: speech', clients: 1, request: SPEECH },
  { name: 'reads nothing: speech, with a cache', clients: 1, request: SPEECH, config: CACHE },
  { name: 'reads nothing: a file', clients: 1, request: CONTENT },
  { name: 'reads nothing: a file, by 50', clients: 50, request: CONTENT },
  { name: 'leaves: a stream, by 500', clients: 500, leave: true, request: CHAT },
  { name: 'leaves: a stream, by 500, with a cache', clients: 500, leave: true, request: CHAT, config: CACHE },
  { name: 'leaves: a stream, by 500, with guards', clients: 500, leave: true, request: CHAT, config: HIDING },
  { name: 'leaves: 20 streams on each connection, by 20', clients: 20, pipelined: 20, leave: true, request: CHAT },
  { name: 'leaves: a file, by 500', clients: 500, leave: true, request: CONTENT },
];

/** How many of them took too much. */
export async function tryReaders(stage: Stage): Promise<number> {
  let tooMuch = 0;
  for (const readers of READERS.filter(({ name }) => stage.isWanted(name))) if (!(await isBounded(readers, stage))) tooMuch += 1;
  return tooMuch;
}

async function isBounded(
  { name, clients, leave = false, pipelined = 1, request, config }: Readers,
  stage: Stage,
): Promise<boolean> {
  const { upstream } = stage;
  const child = await HostileChild.start({ ...stage, config });
  // With so many that leave, collecting before each look would take minutes.
  await child.begin(leave ? 'begin' : 'begin collecting');
  const before = upstream.streamed;
  const sockets = await Promise.all(Array.from({ length: clients }, () => begun(child.port, request.repeat(pipelined), leave)));
  const statuses = new Set(sockets.map(({ status }) => status));
  if (!leave) await stillness(() => upstream.streamed);
  const sentBytes = upstream.streamed - before;
  for (const { socket } of sockets) socket.destroy();
  const leftMs = await until(() => upstream.open === 0);
  await pause(SETTLE_MS);
  const { memoryBytes, keptBytes, rssBytes, ended } = await child.end();
  await child.stop();
  const each = memoryBytes / clients;
  const calls = Object.values(ended).reduce((sum, count) => sum + count, 0);
  const isGood = each < MOST_BYTES && calls === clients * pipelined && leftMs !== undefined && keptBytes < MOST_KEPT_BYTES;
  const facts = [
    `${(each / MIB).toFixed(2)} MiB for each client`,
    `rss +${(rssBytes / 1e6).toFixed(0)} MB`,
    `${(sentBytes / clients / MIB).toFixed(1)} MiB came`,
    `${(keptBytes / MIB).toFixed(2)} MiB left over`,
    `upstream closed after ${leftMs === undefined ? 'more than 10,000' : leftMs.toFixed(0)} ms`,
    JSON.stringify(ended),
  ];
  console.log(`${isGood ? '  ' : '! '}${name.padEnd(48)} ${[...statuses].join(', ').padEnd(8)} ${facts.join('  ')}`);
  return isGood;
}

/** A client that has seen the start of its answer and reads no more, or leaves at once. */
async function begun(
  port: number,
  request: string,
  leave: boolean,
): Promise<{ readonly socket: net.Socket; readonly status: string }> {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(request);
  const [bytes] = await once(socket, 'data');
  if (leave) socket.destroy();
  else socket.pause();
  return { socket, status: String(bytes).split(' ')[1] ?? '' };
}

async function stillness(progress: () => number): Promise<void> {
  let last = -1;
  while (progress() !== last) {
    last = progress();
    await pause(STILL_MS);
  }
}

/** How long it took, in milliseconds. */
async function until(condition: () => boolean): Promise<number | undefined> {
  const began = performance.now();
  while (!condition()) {
    if (performance.now() - began > 10_000) return undefined;
    await pause(5);
  }
  return performance.now() - began;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
