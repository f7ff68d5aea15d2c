/**
 * What a gateway that is mounted in a server adds to the time that its caller waits: the median and the
 * 99th percentile of the time that a client waits, at 1, 4, 16 and 64 callers, through `gateway.handler` in a server of
 * `node:http` and directly, before a mock that answers after 22 ms. `npm run bench:handler`, with `--quick` for a first
 * impression; `--csv <file>` writes the table as CSV.
 *
 * Upstream and server have a process each. Rounds through the gateway and rounds without take turns.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Agent, request } from 'undici';
import { callMany } from './calls.ts';
import { chatParams } from './openai-calls.ts';
import { PROMPT } from './prompt.ts';
import { quantile } from './rounds.ts';

const ANSWERS_AFTER_MS = 22;
const CALLERS = [1, 4, 16, 64];
const CALLS_OF_A_CALLER = 25;
const HEAD = [
  'callers',
  'calls',
  'direct_p50_ms',
  'direct_p99_ms',
  'gateway_p50_ms',
  'gateway_p99_ms',
  'added_p50_ms',
  'added_p99_ms',
];

const csv = process.argv.includes('--csv') ? process.argv[process.argv.indexOf('--csv') + 1] : undefined;
const rounds = process.argv.includes('--quick') ? 3 : 12;

const upstream = await start('handler-upstream.ts', `${ANSWERS_AFTER_MS}`);
const server = await start('handler-server.ts', upstream.origin);
const body = JSON.stringify(chatParams(PROMPT.user));
const rows: string[][] = [];
for (const callers of CALLERS) rows.push(await measure(callers));
upstream.child.disconnect();
server.child.disconnect();

for (const row of [HEAD, HEAD.map(() => '---'), ...rows]) console.log(`| ${row.join(' | ')} |`);
if (csv !== undefined) writeFileSync(csv, [HEAD, ...rows].map((row) => `${row.join(',')}\n`).join(''));

async function measure(callers: number): Promise<string[]> {
  const direct: number[] = [];
  const through: number[] = [];
  const dispatcher = new Agent({ connections: callers });
  for (let round = -1; round < rounds; round += 1) {
    const [straight, mounted] = [await waitsOf(upstream.origin), await waitsOf(server.origin)];
    // The first opens the sockets and lets the engine compile.
    if (round < 0) continue;
    direct.push(...straight);
    through.push(...mounted);
  }
  await dispatcher.close();
  const waits = [direct, through].flatMap((each) => [quantile(each, 0.5), quantile(each, 0.99)]);
  const [p50 = 0, p99 = 0, ownP50 = 0, ownP99 = 0] = waits;
  const milliseconds = [...waits, ownP50 - p50, ownP99 - p99].map((ms) => ms.toFixed(2));
  return [`${callers}`, `${through.length}`, ...milliseconds];

  async function waitsOf(origin: string): Promise<number[]> {
    const waits: number[] = [];
    const call = async () => {
      const startedMs = performance.now();
      const headers = { 'content-type': 'application/json', authorization: 'Bearer bench' };
      const answer = await request(`${origin}/v1/chat/completions`, { method: 'POST', headers, body, dispatcher });
      const text = await answer.body.text();
      if (answer.statusCode !== 200) throw new Error(`the answer was ${answer.statusCode}: ${text}`);
      waits.push(performance.now() - startedMs);
    };
    await callMany(call, callers * CALLS_OF_A_CALLER, callers);
    return waits;
  }
}

async function start(file: string, argument: string) {
  const child = fork(fileURLToPath(new URL(`./${file}`, import.meta.url)), [argument], { execArgv: [] });
  const [port] = await once(child, 'message');
  return { child, origin: `http://127.0.0.1:${port}` };
}
