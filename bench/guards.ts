/** CPU of five ready-made guards on one call: 10 KB in, 2 KB out, whole and as a stream of 200 chunks. `node bench/guards.ts` */
import { Cancellation } from '../src/core/cancellation.ts';
import { systemClock } from '../src/core/clock.ts';
import type { GuardPlan } from '../src/core/guard.ts';
import type { GuardedCall } from '../src/guards/call-guards.ts';
import { Guards } from '../src/guards/guards.ts';

const WORDS = 'The gateway answers each call through one line of steps, and every step is a function of its own (see page 12). ';
const INPUT = WORDS.repeat(100).slice(0, 10_240);
const OUTPUT = WORDS.repeat(100).slice(0, 2_048);
const ROUNDS = 7;
const CALLS = 300;

const uses: readonly GuardPlan['use'][] = [
  { kind: 'secrets' },
  { kind: 'personal-data', kinds: ['email', 'phone', 'card', 'iban', 'ip'], country: undefined },
  {
    kind: 'pattern',
    deny: [{ kind: 'word', source: '\\bproject (?:falcon|heron)\\b', isLiteral: false, ignoreCase: true }],
    allow: [],
  },
  { kind: 'size', maxCharacters: 100_000 },
  { kind: 'json-schema', schema: undefined, repair: false },
];
const plans = uses.map(
  (use): GuardPlan => ({
    name: use.kind,
    on: use.kind === 'json-schema' ? 'output' : 'both',
    match: {},
    mode: use.kind === 'size' || use.kind === 'json-schema' ? 'block' : 'redact',
    timeoutMs: 1000,
    whenItFails: 'deny',
    use,
  }),
);
const services = { clock: systemClock, report: () => {} };
const call: GuardedCall = {
  requestId: 'req_bench',
  operation: 'chat',
  caller: { team: 'red' },
  model: 'gpt',
  params: { model: 'gpt', messages: [{ role: 'user', content: INPUT }] },
  stream: false,
  cancellation: new Cancellation(),
};
const answer = { id: 'c', choices: [{ index: 0, message: { role: 'assistant', content: OUTPUT }, finish_reason: 'stop' }] };
const chunks = Array.from({ length: 200 }, (_, index) => ({
  id: 'c',
  choices: [{ index: 0, delta: { content: OUTPUT.slice(index * 10, index * 10 + 10) }, finish_reason: null }],
}));

const five = await Guards.create(plans, () => Promise.reject(new Error('no model')));
const following = await Guards.create(plans.slice(0, 4), () => Promise.reject(new Error('no model')));

async function whole(): Promise<void> {
  const guards = five.of(call, services);
  await guards?.guardInput();
  await guards?.guardAnswer(answer);
}

async function input(): Promise<void> {
  await five.of(call, services)?.guardInput();
}

async function stream(): Promise<void> {
  const guarded = following.of(call, services)?.openStream();
  for (const chunk of chunks) guarded?.push(chunk);
  await guarded?.end();
}

async function microsecondsOf(work: () => Promise<void>): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.cpuUsage();
    for (let count = 0; count < CALLS; count += 1) await work();
    const { user, system } = process.cpuUsage(before);
    rounds.push((user + system) / CALLS);
  }
  return Math.min(...rounds);
}

for (const [name, work] of Object.entries({
  'input and whole answer': whole,
  'input alone': input,
  'stream of 200 chunks': stream,
})) {
  console.log(`${name.padEnd(24)} ${(await microsecondsOf(work)).toFixed(0).padStart(5)} µs of CPU`);
}
