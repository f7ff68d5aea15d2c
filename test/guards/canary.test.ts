import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { EventType, Gateway, GuardConfig } from '../../src/index.ts';
import { logCalls } from '../../src/log/index.ts';
import { stage } from '../budgets/stage.ts';
import { bodyOf } from '../public/harness.ts';
import { completion, streamText } from '../support/chat-upstream.ts';

/** A text that only the caller and the provider may see, which every guard here finds. */
const CANARY = 'canary7f3a@example.com';
const EVENTS = ['guard.block', 'guard.redact', 'guard.flag', 'request.end', 'attempt.end', 'error'] as const;

const GUARDS: Readonly<Record<string, object>> = {
  'personal data': { use: 'personal-data' },
  'a pattern': { use: 'pattern', deny: 'canary\\w+' },
  'one of your own': { check: () => [{ kind: 'own', part: 0, start: 0, end: 6 }] },
  'one that throws': {
    check: ({ parts }: { parts: readonly { text: string }[] }) => {
      throw new Error(parts.map(({ text }) => text).join());
    },
  },
  'one that rejects': {
    check: ({ parts }: { parts: readonly { text: string }[] }) => Promise.reject(new Error(parts.map(({ text }) => text).join())),
  },
  'one that answers a text for a kind': { check: () => [{ kind: CANARY, part: 0 }] },
};

/** What everybody beside the caller is told of a call, and the caller of a refused one. */
async function toldOf(guard: GuardConfig, call: (gateway: Gateway) => Promise<unknown>): Promise<string> {
  const { gateway } = await stage({ guards: [guard] }, (exchange) =>
    bodyOf(exchange).stream ? streamText(exchange, 'to ', CANARY) : exchange.answer(200, completion(`to ${CANARY}`)),
  );
  const told: unknown[] = [];
  const write = (...line: unknown[]) => told.push(line);
  logCalls(gateway, { debug: write, info: write, warn: write, error: write } as never);
  for (const type of EVENTS) gateway.on(type as EventType, (event) => told.push(event));
  await call(gateway).catch((error) => told.push(error, error.message, error.stack));
  expect(told.length).toBeGreaterThan(0);
  return inspect(told, { depth: 20, showHidden: true, maxStringLength: null });
}

const params = { model: 'm', messages: [{ role: 'user' as const, content: `to ${CANARY}` }] };
const CALLS: Readonly<Record<string, (gateway: Gateway) => Promise<unknown>>> = {
  whole: async (gateway) => gateway.chat.completions.create(params),
  streamed: async (gateway) => {
    for await (const _ of await gateway.chat.completions.create({ ...params, stream: true }));
  },
};

describe.each(Object.entries(GUARDS))('a text that a guard finds, %s', (_, use) => {
  it.each((['input', 'output'] as const).flatMap((on) => (['block', 'redact', 'flag'] as const).map((mode) => ({ on, mode }))))(
    'is in no error, event or line of a log: $mode on the $on',
    async ({ on, mode }) => {
      for (const call of Object.values(CALLS)) {
        expect(await toldOf({ name: 'guard', on, mode, ...use } as GuardConfig, call)).not.toContain('canary7');
      }
    },
  );
});
