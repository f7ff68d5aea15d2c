/**
 * What it costs to watch a gateway: processor time of a call with `tollgate/otel` (SDK with a batch processor and metrics,
 * nothing exported) and with `tollgate/log`, to the same call without, in turn. `the sdk alone` tells the SDK directly of two
 * spans and four records of each call: below that no instrumentation comes. The last line is the same gateway twice: what the
 * machine makes of nothing. Run: npm run build && node bench/telemetry.ts [--quick] [--chat]
 *
 * With `--beside FOLDER`, in which @arizeai/openinference-instrumentation-openai is installed, it measures that on OpenAI's own
 * client, too: spans of one call, no metrics.
 */
import { resolve } from 'node:path';
import { measure, resultRow, row } from './rounds.ts';
import { BARE_SDK, type ClientKind, type ScenarioName } from './scenarios.ts';
import { startClient } from './start-client.ts';
import { startUpstream } from './start-upstream.ts';

const BASE = 'tollgate over openai';
const CHAT = 'chat, 64 at a time';
type Compared = readonly [ClientKind, ScenarioName, number | undefined, ClientKind?];
const BESIDE: readonly Compared[] = [
  ['openai sdk with openinference', CHAT, undefined, 'openai sdk'],
  ['tollgate with otel', CHAT, undefined, 'openai sdk with openinference'],
];
const COMPARED: readonly Compared[] = [
  ['tollgate with otel', 'chat, 64 at a time', 1.15],
  [BARE_SDK, 'chat, 64 at a time', undefined],
  ['tollgate with otel', 'chat, 64 at a time', undefined, BARE_SDK],
  ['tollgate with otel', 'chat, one at a time', 1.15],
  ['tollgate with otel', 'stream, 64 at a time', 1.15],
  ['tollgate with spans', 'chat, 64 at a time', undefined],
  ['tollgate with log', 'chat, 64 at a time', undefined],
  [BASE, 'chat, 64 at a time', undefined],
];

const beside = process.argv.indexOf('--beside');
if (beside > 0) process.env.BENCH_TRACERS = resolve(process.argv[beside + 1] ?? '');
const isChat = process.argv.includes('--chat');
const count = process.argv.includes('--quick') ? 5 : 25;
const upstream = await startUpstream();
console.log(row('', 'without µs', 'with µs', 'ratio', 'spread', 'goal'));
for (const [kind, scenario, goal, base = BASE] of beside > 0 ? [...BESIDE, ...COMPARED] : COMPARED) {
  if (isChat && scenario !== CHAT) continue;
  const clients = [startClient(base, upstream.origin), startClient(kind, upstream.origin)] as const;
  const measured = await measure(...clients, scenario, { warmUpRounds: count, rounds: count });
  console.log(resultRow(`${kind}: ${scenario}`, { goal }, measured));
  await Promise.all(clients.map((client) => client.stop()));
}
await upstream.stop();
