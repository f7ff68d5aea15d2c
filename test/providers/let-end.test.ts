import { Gateway } from 'tollgate';
import { afterEach, expect, it } from 'vitest';
import { letEnd } from '../../src/providers/let-end.ts';
import { chunk, usageChunk } from '../support/chat-upstream.ts';
import { type FaultExchange, type FaultServer, startFaultServer } from '../support/fault-server.ts';
import { TestClock } from '../support/test-clock.ts';

let server: FaultServer;
let gateway: Gateway;

afterEach(async () => {
  await gateway.close();
  await server.close();
});

async function start(script: (exchange: FaultExchange) => Promise<void>): Promise<void> {
  server = await startFaultServer(script);
  gateway = new Gateway({
    providers: {
      lab: { type: 'openai-compatible', apiKey: 'k', baseURL: `${server.origin}/v1` },
      claude: { type: 'anthropic', apiKey: 'k', baseURL: server.origin },
    },
  });
}

async function readStream(model = 'lab/m'): Promise<number> {
  let chunks = 0;
  const messages = [{ role: 'user' as const, content: 'Hi' }];
  for await (const _ of await gateway.chat.completions.create({ model, messages, stream: true })) chunks += 1;
  return chunks;
}

const CLAUDE = [
  { type: 'message_start', message: { id: 'm', model: 'c', usage: { input_tokens: 1, output_tokens: 1 } } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'a' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } },
  { type: 'message_stop' },
];
const OPENAI = [chunk({ content: 'a' }), chunk({}, 'stop'), usageChunk(), '[DONE]'];

it.each([
  { wire: 'OpenAI', model: 'lab/m', events: OPENAI, chunks: 2 },
  { wire: 'Anthropic', model: 'claude/claude-sonnet-4-5', events: CLAUDE, chunks: 3 },
])('uses the socket again where the body of $wire ends after its marker, in a packet of its own', async (own) => {
  const ends: (() => Promise<void>)[] = [];
  await start(async (exchange) => {
    await exchange.sseHead();
    await exchange.sse(...own.events);
    ends.push(() => exchange.lastChunk());
  });
  // Whether the end is read before the next request is sent is up to the system; one of a few times it is.
  for (let turn = 0; turn < 20 && server.requests.length === server.connections; turn += 1) {
    expect(await readStream(own.model)).toBe(own.chunks);
    await ends.at(-1)?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(server.connections).toBeLessThan(server.requests.length);
});

it('closes the socket where more than the end follows the marker', async () => {
  let closed: Promise<void> | undefined;
  await start(async (exchange) => {
    closed = exchange.closed;
    await exchange.sseHead();
    await exchange.sse(chunk({ content: 'a' }), chunk({}, 'stop'), usageChunk(), '[DONE]', chunk({ content: 'late' }));
  });
  expect(await readStream()).toBe(2);
  await closed;
  expect(server.openSockets()).toBe(0);
});

it('closes a body that does not end', () => {
  const clock = new TestClock();
  let cancelled = false;
  const cancel = () => {
    cancelled = true;
  };
  letEnd({ next: () => new Promise(() => {}), cancel }, clock);
  clock.advance(999);
  expect(cancelled).toBe(false);
  clock.advance(1);
  expect(cancelled).toBe(true);
});
