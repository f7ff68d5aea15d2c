import { once } from 'node:events';
import net from 'node:net';
import type { GatewayConfig } from 'tollgate';
import { HostileChild, type Stage } from './hostile-child.ts';
import { quantile } from './rounds.ts';

/** Connections that are held beside good calls. */
interface Connections {
  readonly name: string;
  /** What each sends, and no more. */
  readonly sends: string;
  readonly config?: Partial<GatewayConfig>;
  /** Whether the gateway is to end them. */
  readonly end?: boolean;
}

const COUNT = 1_000;
const GOOD_CALLS = 1_000;
const CALLERS = 8;
const MIB = 1024 * 1024;
/** A connection with a body of 64 KiB that is not whole. */
const MOST_BYTES_EACH = 256 * 1024;
const MOST_RATIO = 3;
const DEADLINE = { handler: { bodyTimeoutMs: 3_000 } };

const head = (length: number, type = 'application/json') =>
  `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n`;
const START = '{"model":"fast","messages":[{"role":"user","content":"';
const FORM = 'multipart/form-data; boundary=b';

const CONNECTIONS: readonly Connections[] = [
  { name: 'holds 1,000: idle connections', sends: '' },
  { name: 'holds 1,000: heads that do not end', sends: head(100) },
  { name: 'holds 1,000: bodies that do not come', sends: `${head(100_000)}\r\n`, config: DEADLINE, end: true },
  { name: 'holds 1,000: half bodies', sends: `${head(100_000)}\r\n${START}${'x'.repeat(50_000)}`, config: DEADLINE, end: true },
  {
    name: 'holds 1,000: half forms',
    sends: `${head(1_000_000, FORM)}\r\n--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n${'x'.repeat(50_000)}`,
    config: DEADLINE,
    end: true,
  },
];

/** How many of them took too much. */
export async function tryConnections(stage: Stage): Promise<number> {
  let tooMuch = 0;
  for (const held of CONNECTIONS.filter(({ name }) => stage.isWanted(name))) if (!(await isBounded(held, stage))) tooMuch += 1;
  return tooMuch;
}

async function isBounded({ name, sends, config, end = false }: Connections, stage: Stage): Promise<boolean> {
  const child = await HostileChild.start({ ...stage, config });
  await goodCalls(child);
  const alone = await goodCalls(child);
  await child.begin('begin');
  const sockets = await Promise.all(Array.from({ length: COUNT }, () => connected(child.port, sends)));
  const closed = Promise.all(sockets.map((socket) => socket.closed || once(socket, 'close')));
  const beside = await goodCalls(child);
  const began = performance.now();
  if (end) await Promise.race([closed, pause(20_000)]);
  const closedMs = performance.now() - began;
  const open = sockets.filter((socket) => !socket.closed).length;
  const { rssBytes, memoryBytes } = await child.end();
  for (const socket of sockets) socket.destroy();
  const after = await goodCalls(child);
  await child.stop();
  // A machine may have become slower meanwhile.
  const without = [...alone, ...after];
  const ratios = [0.5, 0.99].map((share) => quantile(beside, share) / quantile(without, share));
  const isGood = memoryBytes / COUNT < MOST_BYTES_EACH && (ratios[0] ?? 0) < MOST_RATIO && (!end || open === 0);
  const facts = [
    `${(memoryBytes / COUNT / 1024).toFixed(1)} KiB each`,
    `rss +${(rssBytes / MIB).toFixed(0)} MiB`,
    `good calls: p50 × ${ratios[0]?.toFixed(2)}, p99 × ${ratios[1]?.toFixed(2)}`,
    `afterwards p50 × ${(quantile(after, 0.5) / quantile(alone, 0.5)).toFixed(2)}`,
    end ? `${open} open ${closedMs.toFixed(0)} ms later` : `${open} open`,
  ];
  console.log(`${isGood ? '  ' : '! '}${name.padEnd(48)} ${facts.join('  ')}`);
  return isGood;
}

async function connected(port: number, sends: string): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  if (sends !== '') socket.write(sends);
  socket.resume();
  return socket;
}

/** Their times in milliseconds. */
async function goodCalls(child: HostileChild): Promise<number[]> {
  const times: number[] = [];
  let left = GOOD_CALLS;
  const caller = async () => {
    while (left-- > 0) times.push(await child.ask());
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return times;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
