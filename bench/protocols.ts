/**
 * HTTP/1.1 against HTTP/2, both over TLS with sockets that are kept, as providers are reached: what a call costs the process
 * that makes it, in processor time and in waiting. `npm run bench:protocols`, with `--quick` for a first impression.
 *
 * Server and clients have a process each, and the clients take turns, round by round.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Gateway } from 'tollgate';
import { Agent } from 'undici';
import { openAiAnswers } from './answers.ts';
import { callMany } from './calls.ts';
import { openAiCalls } from './openai-calls.ts';
import { TEXTS_PER_OPENAI_STREAM } from './upstream-facts.ts';

const PROTOCOLS = ['HTTP/1.1', 'HTTP/2'] as const;
type Protocol = (typeof PROTOCOLS)[number];

interface Round {
  readonly call: 'chat' | 'stream';
  readonly concurrency: number;
  readonly count: number;
}

interface Cost {
  readonly cpuUs: number;
  readonly waitedUs: number;
}

const ROUNDS: readonly Round[] = [
  { call: 'chat', concurrency: 1, count: 300 },
  { call: 'chat', concurrency: 64, count: 1_500 },
  { call: 'stream', concurrency: 1, count: 20 },
  { call: 'stream', concurrency: 64, count: 128 },
];

const tlsFile = (name: string) => readFileSync(new URL(`../test/fixtures/tls/${name}`, import.meta.url));
const [role, protocol, origin] = process.argv.slice(2);
if (role === 'server') serve();
else if (role === 'client') await makeCalls(protocol as Protocol, origin ?? '');
else await compare(process.argv.includes('--quick') ? 5 : 25);

/** Speaks both; the client chooses. */
function serve(): void {
  const server = createSecureServer({ allowHTTP1: true, key: tlsFile('key.pem'), cert: tlsFile('certificate.pem') });
  server.on('request', (request, response) => {
    let body = '';
    request.setEncoding('latin1');
    request.on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      if (!body.includes('"stream":true')) {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': openAiAnswers.whole.byteLength });
        return void response.end(openAiAnswers.whole);
      }
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      const events = openAiAnswers.events(body.includes('"include_usage":true')).values();
      const send = () => {
        const { done, value } = events.next();
        if (done) return void response.end();
        response.write(value);
        setImmediate(send);
      };
      send();
    });
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
  process.on('disconnect', () => process.exit());
}

async function makeCalls(spoken: Protocol, baseOrigin: string): Promise<void> {
  const connect = { ca: tlsFile('certificate.pem') };
  const gateway = new Gateway({
    providers: { upstream: { type: 'openai-compatible', apiKey: 'sk-bench', baseURL: `${baseOrigin}/v1` } },
    models: { 'bench-model': ['upstream/fast'] },
    dispatcher: new Agent({ allowH2: spoken === 'HTTP/2', connect, headersTimeout: 0, bodyTimeout: 0 }),
  });
  const calls = openAiCalls(gateway, TEXTS_PER_OPENAI_STREAM);
  process.on('message', async ({ call, concurrency, count }: Round) => {
    const before = process.cpuUsage();
    const startedMs = performance.now();
    await callMany(calls[call], count, concurrency);
    const { user, system } = process.cpuUsage(before);
    const cost: Cost = {
      cpuUs: (user + system) / count,
      waitedUs: ((performance.now() - startedMs) * 1_000 * concurrency) / count,
    };
    process.send?.(cost);
  });
  process.on('disconnect', () => process.exit());
}

async function compare(rounds: number): Promise<void> {
  const here = fileURLToPath(import.meta.url);
  const server = fork(here, ['server'], { execArgv: [] });
  const [port] = await once(server, 'message');
  const clients = PROTOCOLS.map((each) => fork(here, ['client', each, `https://localhost:${port}`], { execArgv: [] }));
  console.log(`A call over TLS, ${rounds} rounds of each protocol in turn: medians`);
  console.log();
  console.log(
    '| call | at a time | CPU HTTP/1.1, µs | CPU HTTP/2, µs | ratio | waiting HTTP/1.1, µs | waiting HTTP/2, µs | ratio |',
  );
  console.log('|---|---|---|---|---|---|---|---|');
  for (const round of ROUNDS) {
    const costs: Cost[][] = clients.map(() => []);
    for (let turn = -1; turn < rounds; turn += 1) {
      for (const [index, client] of clients.entries()) {
        client.send(round);
        const [cost] = (await once(client, 'message')) as [Cost];
        if (turn >= 0) costs[index]?.push(cost);
      }
    }
    const cells = (['cpuUs', 'waitedUs'] as const).flatMap((what) => {
      const [first = [], second = []] = costs.map((each) => each.map((cost) => cost[what]));
      const ratios = second.map((value, index) => value / (first[index] ?? Number.NaN));
      return [median(first).toFixed(0), median(second).toFixed(0), median(ratios).toFixed(2)];
    });
    console.log(`| ${[round.call, round.concurrency, ...cells].join(' | ')} |`);
  }
  for (const child of [...clients, server]) child.disconnect();
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}
