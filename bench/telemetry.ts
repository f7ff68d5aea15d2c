/**
 * What it costs to watch a gateway: processor time of a call with `tollgate/otel` (SDK with a batch processor and metrics,
 * nothing exported) and with `tollgate/log`, to the same call without, in turn. The last line is the same gateway twice: what
 * the machine makes of nothing. Run: npm run build && node bench/telemetry.ts [--quick]
 */
import { measure, resultRow, row } from './rounds.ts';
import type { ClientKind, ScenarioName } from './scenarios.ts';
import { startClient } from './start-client.ts';
import { startUpstream } from './start-upstream.ts';

const BASE = 'tollgate over openai';
const COMPARED: readonly (readonly [ClientKind, ScenarioName, number | undefined])[] = [
  ['tollgate with otel', 'chat, 64 at a time', 1.15],
  ['tollgate with otel', 'chat, one at a time', 1.15],
  ['tollgate with otel', 'stream, 64 at a time', 1.15],
  ['tollgate with spans', 'chat, 64 at a time', undefined],
  ['tollgate with log', 'chat, 64 at a time', undefined],
  [BASE, 'chat, 64 at a time', undefined],
];

const count = process.argv.includes('--quick') ? 5 : 25;
const upstream = await startUpstream();
console.log(row('', 'without µs', 'with µs', 'ratio', 'spread', 'goal'));
for (const [kind, scenario, goal] of COMPARED) {
  const clients = [startClient(BASE, upstream.origin), startClient(kind, upstream.origin)] as const;
  const measured = await measure(...clients, scenario, { warmUpRounds: count, rounds: count });
  console.log(resultRow(`${kind}: ${scenario}`, { goal }, measured));
  await Promise.all(clients.map((client) => client.stop()));
}
await upstream.stop();
