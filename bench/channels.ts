/**
 * What the channels cost a call when nobody subscribes: all that they are asked in a chat call, in nanoseconds, and as a part
 * of the processor time of that call. Run: npm run build && npx node bench/channels.ts
 */
import { CallChannels } from '../src/events/call-channels.ts';
import type { EventType } from '../src/events/event-map.ts';
import { callMany } from './calls.ts';
import { callsOf } from './clients.ts';
import { startUpstream } from './start-upstream.ts';

const ASKED: readonly EventType[] = ['request.start', 'attempt.start', 'attempt.end', 'request.end'];
const ROUNDS = 5_000_000;
const CALLS = 10_000;

const channels = new CallChannels();
let found = 0;
const ask = () => {
  for (const type of ASKED) if (channels.wants(type)) found += 1;
  // The line of the call, and its attempt.
  if (channels.active) found += 1;
  if (channels.active) found += 1;
};
for (let round = 0; round < ROUNDS; round += 1) ask();
const before = performance.now();
for (let round = 0; round < ROUNDS; round += 1) ask();
const askedNs = ((performance.now() - before) * 1e6) / ROUNDS;

const upstream = await startUpstream();
const { chat } = await callsOf('tollgate over openai', upstream.origin);
await callMany(chat, CALLS, 64);
const cpu = process.cpuUsage();
await callMany(chat, CALLS, 64);
const { user, system } = process.cpuUsage(cpu);
const callNs = ((user + system) * 1_000) / CALLS;
await upstream.stop();
console.log(
  `channels without a subscriber: ${askedNs.toFixed(0)} ns of a chat call's ${callNs.toFixed(0)} ns, ${found} published`,
);
console.log(`${((askedNs / callNs) * 100).toFixed(3)} %`);
process.exit(askedNs / callNs < 0.01 ? 0 : 1);
