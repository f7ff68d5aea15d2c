/**
 * What five ready-made guards cost: processor time of their work on one call of 10 KB in and 2 KB out, beside that of the
 * whole call with OpenAI's own client; and of a stream of 200 chunks through a gateway with them, beside the same gateway
 * without. All take turns. Run: npm run build && node bench/guards.ts [--quick]
 */
import { OpenAI } from 'openai';
import { Gateway, type GatewayConfig } from 'tollgate';
import { Cancellation } from '../src/core/cancellation.ts';
import { systemClock } from '../src/core/clock.ts';
import type { GuardPlan } from '../src/core/guard.ts';
import type { Plan } from '../src/core/plan.ts';
import type { GuardedCall } from '../src/guards/call-guards.ts';
import { Guards } from '../src/guards/guards.ts';
import type { ReadyMadeUse } from '../src/guards/ready/index.ts';
import { resultRow, row } from './rounds.ts';
import { startUpstream } from './start-upstream.ts';
import { LONG } from './upstream-facts.ts';

const WORDS = 'The gateway answers each call through one line of steps, and every step is a function of its own (see page 12). ';
const INPUT = WORDS.repeat(100).slice(0, 10_240);
const OUTPUT = WORDS.repeat(100).slice(0, 2_048);
const isQuick = process.argv.includes('--quick');
const ROUNDS = isQuick ? 7 : 31;
const CALLS = 60;

const configured = [
  { name: 'keys', on: 'both', mode: 'redact', use: 'secrets' },
  { name: 'people', on: 'both', mode: 'redact', use: 'personal-data' },
  {
    name: 'words',
    on: 'both',
    mode: 'redact',
    use: 'pattern',
    deny: [{ pattern: '\\bproject (?:falcon|heron)\\b', ignoreCase: true }],
  },
  { name: 'length', on: 'both', mode: 'block', use: 'size', maxCharacters: 100_000 },
  { name: 'schema', on: 'output', mode: 'block', use: 'json-schema' },
] as const;

const uses: readonly ReadyMadeUse[] = [
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
const plans = uses.map((use, index): GuardPlan => {
  const { name, on, mode } = configured[index] ?? configured[0];
  return { name, on, mode, match: {}, timeoutMs: 1000, whenItFails: 'deny', use };
});
const services = { clock: systemClock, report: () => {} };
const params = { model: 'bench-model', messages: [{ role: 'user' as const, content: INPUT }] };
const call: GuardedCall = {
  requestId: 'req_bench',
  plan: {} as Plan,
  deadlineMs: Number.POSITIVE_INFINITY,
  operation: 'chat',
  caller: { team: 'red' },
  model: 'bench-model',
  models: ['bench-model'],
  params,
  stream: false,
  cancellation: new Cancellation(),
};
const answer = { id: 'c', choices: [{ index: 0, message: { role: 'assistant', content: OUTPUT }, finish_reason: 'stop' }] };
const five = await Guards.create(plans, () => Promise.reject(new Error('no model')));

const upstream = await startUpstream();
const plain = new OpenAI({ apiKey: 'bench', baseURL: `${upstream.origin}${LONG}/v1`, maxRetries: 0 });
const without = gatewayWith({});
const guarded = gatewayWith({ guards: configured });
const guardedOut = gatewayWith({ guards: configured.map((guard) => ({ ...guard, on: 'output' as const })) });

function gatewayWith(more: Partial<GatewayConfig>): Gateway {
  const provider = { type: 'openai-compatible', apiKey: 'bench', baseURL: `${upstream.origin}${LONG}/v1` } as const;
  return new Gateway({ providers: { one: provider }, models: { 'bench-model': ['one/bench-model'] }, ...more });
}

async function guards(): Promise<void> {
  const guardsOfCall = five.of(call, services, { isQuestion: false });
  await guardsOfCall?.guardInput();
  await guardsOfCall?.guardAnswer(answer);
}

async function whole(client: OpenAI): Promise<void> {
  const { choices } = await client.chat.completions.create(params);
  if (!choices[0]?.message.content) throw new Error('the answer has no text');
}

async function stream(client: OpenAI): Promise<void> {
  let characters = 0;
  for await (const chunk of await client.chat.completions.create({ ...params, stream: true })) {
    characters += chunk.choices[0]?.delta.content?.length ?? 0;
  }
  if (characters === 0) throw new Error('the stream has no text');
}

async function microsecondsOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  for (let count = 0; count < CALLS; count += 1) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / CALLS;
}

async function compare(
  name: string,
  goal: number | undefined,
  base: () => Promise<void>,
  own: () => Promise<void>,
): Promise<void> {
  const baseUs: number[] = [];
  const ownUs: number[] = [];
  for (let round = -ROUNDS; round < ROUNDS; round += 1) {
    const [first, second] = [await microsecondsOf(base), await microsecondsOf(own)];
    if (round < 0) continue;
    baseUs.push(first);
    ownUs.push(second);
  }
  console.log(resultRow(name, { goal }, { baseUs, ownUs }));
}

console.log(row('', 'base µs', 'own µs', 'ratio', 'spread', 'goal'));
await compare('guards alone to the whole call of openai', 0.5, () => whole(plain), guards);
await compare(
  'whole call: guarded to unguarded gateway',
  undefined,
  () => whole(without),
  () => whole(guarded),
);
await compare(
  'stream: output guards to none',
  1.2,
  () => stream(without),
  () => stream(guardedOut),
);
await upstream.stop();
