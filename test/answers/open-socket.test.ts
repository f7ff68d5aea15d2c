import { expect, it } from 'vitest';
import type { FaultExchange } from '../support/fault-server.ts';
import { settlePromises } from '../support/test-clock.ts';
import { openStream, readAll, stageOf } from './stage.ts';
import { bytesOf, STREAM_WIRES, type StreamWire, SURFACES, streamHead, type UpstreamEvent } from './wires.ts';

const withoutMarkers = ({ events, markers }: StreamWire) => events.slice(0, events.length - markers);

/** Reads a stream whose upstream sends `events` and nothing more; the clock moves until it ends, at most to `limitMs`. */
async function readOpen(wire: StreamWire, events: readonly UpstreamEvent[], as: StreamWire['operation'], limitMs: number) {
  let exchange: FaultExchange | undefined;
  const stage = await stageOf([wire], async (asked) => {
    exchange = asked;
    await streamHead(asked, wire);
    await asked.write(bytesOf(wire, events));
  });
  let ended = false;
  const reading = readAll(await openStream(stage.gateway, wire, as)).finally(() => {
    ended = true;
  });
  reading.catch(() => {});
  // Until the bytes have arrived no time passes.
  for (let turn = 0; turn < 20; turn += 1) await settlePromises();
  for (let spentMs = 0; !ended && spentMs < limitMs; spentMs += limitMs / 12) {
    stage.clock.advance(limitMs / 12);
    for (let turn = 0; turn < 20; turn += 1) await settlePromises();
  }
  if (!ended) throw new Error(`still open after ${limitMs} ms`);
  return { stage, items: await reading, closed: exchange?.closed };
}

it.each(SURFACES)(
  'of $wire.type ($wire.operation as $as) without its marker, a whole answer is none the worse',
  async ({ wire, as }) => {
    const { stage, items, closed } = await readOpen(wire, withoutMarkers(wire), as, 3_000);
    await closed;
    expect(JSON.stringify(items.slice(-3))).toMatch(/"(finish_reason":"(tool_calls|stop)|type":"response.completed)"/);
    expect(stage.attempts).toMatchObject([{ failure: undefined, usage: { inputTokens: 10, outputTokens: 5 } }]);
    expect(stage.cooldowns).toEqual([]);
    const nothing = { requests: 0, tokens: 0, usd: 0 };
    expect(await stage.balance()).toMatchObject({ spent: { requests: 1, tokens: 15, usd: 0.000_02 }, reserved: nothing });
  },
);

const isUsage = ({ name, data }: UpstreamEvent) =>
  name === 'metadata' || (JSON.stringify(data).includes('prompt_tokens') && JSON.stringify(data).includes('"choices":[]'));

it.each(STREAM_WIRES.filter(({ events }) => events.some(isUsage)))(
  'of $type ($operation) that finished and never tells its usage, the answer ends with an estimate',
  async (wire) => {
    const events = withoutMarkers(wire).filter((event) => !isUsage(event));
    const { stage, closed } = await readOpen(wire, events, wire.operation, 12_000);
    await closed;
    expect(stage.attempts).toMatchObject([{ failure: undefined }]);
    expect(stage.attempts[0]?.usage?.outputTokens).toBeGreaterThan(0);
    expect(await stage.balance()).toMatchObject({ spent: { requests: 1 }, reserved: { tokens: 0 } });
  },
);

it.each(STREAM_WIRES.filter(({ operation }) => operation === 'chat'))(
  'of $type that has not finished, a silent socket is still a failure',
  async (wire) => {
    await expect(readOpen(wire, wire.events.slice(0, 3), 'chat', 90_000)).rejects.toMatchObject({ code: 'stream_interrupted' });
  },
);

it('a marker in time ends it at once, and its socket serves the next call', async () => {
  const wire = STREAM_WIRES[0] as StreamWire;
  const stage = await stageOf([wire], async (exchange) => {
    await exchange.sseHead();
    await exchange.chunk(bytesOf(wire, wire.events));
    await exchange.lastChunk();
  });
  for (let call = 0; call < 3; call += 1) {
    await readAll(await openStream(stage.gateway, wire));
    for (let turn = 0; turn < 20; turn += 1) await settlePromises();
  }
  expect([stage.server.requests.length, stage.server.connections]).toEqual([3, 1]);
});
