import { Gateway } from 'tollgate';
import { scriptedProvider, seededRandom } from 'tollgate/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { type FaultExchange, startFaultServer } from '../support/fault-server.ts';
import { judge, readItems } from './cut.ts';
import { FAULTS, type Fault, injected, type RecordedStream, recordedStreams } from './recorded-streams.ts';

const FALLBACK = ['from ', 'the ', 'other'];
const POSITIONS = 60;

let cut: { readonly stream: RecordedStream; readonly at: number; readonly fault: Fault | undefined } | undefined;
let exchange: FaultExchange | undefined;
const server = await startFaultServer(async (request) => {
  if (cut === undefined) return;
  exchange = request;
  const { stream, at, fault } = cut;
  await request.head(200, { 'content-type': stream.contentType, 'transfer-encoding': 'chunked' });
  const bytes = Buffer.concat([stream.bytes.subarray(0, at), fault === undefined ? Buffer.alloc(0) : injected(stream, fault)]);
  if (bytes.length > 0) await request.chunk(bytes);
  if (fault === 'reset') request.reset();
  else if (fault !== 'stall') await request.lastChunk();
});
afterAll(() => server.close());

/** The system's clock, moved on by leaps, so that no cooldown outlives its cut. */
class LeapingClock {
  #leaptMs = 0;

  leap(ms: number): void {
    this.#leaptMs += ms;
  }

  now(): number {
    return Date.now() + this.#leaptMs;
  }

  monotonicMs(): number {
    return performance.now() + this.#leaptMs;
  }

  setTimeout(callback: () => void, delayMs: number) {
    const timeout = setTimeout(callback, delayMs);
    timeout.unref();
    return { cancel: () => clearTimeout(timeout) };
  }
}

function openGateway({ wire }: RecordedStream, clock: LeapingClock): Gateway {
  return new Gateway({
    providers: {
      first: {
        type: wire,
        apiKey: 'test-key-of-the-first',
        baseURL: server.origin,
        timeouts: { idleMs: 25 },
        ...(wire === 'bedrock' && { region: 'us-east-1' }),
      },
      second: { provider: scriptedProvider('second', [{ pieces: FALLBACK }]) },
    },
    models: { m: ['first/m', 'second/m'] },
    budgets: [{ name: 'all', limit: { tokens: 1_000_000_000_000, requests: 1_000_000 }, window: 'lifetime' }],
    clock,
  });
}

describe.each(recordedStreams.map((stream) => [stream.wire, stream] as const))(
  'over a socket, a stream of %s',
  (_wire, stream) => {
    it.each(FAULTS)(
      'cut at any byte by %s is the fallback, a strict prefix with an error, or whole',
      async (fault) => {
        const clock = new LeapingClock();
        const gateway = openGateway(stream, clock);
        const random = seededRandom(stream.bytes.length);
        const run = async (at: number, by: Fault | undefined) => {
          cut = { stream, at, fault: by };
          clock.leap(300_001);
          return readItems(
            await gateway.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'hello' }], stream: true }),
          );
        };
        const whole = await run(stream.bytes.length, undefined);
        const wrong: string[] = [];
        for (let sample = 0; sample < POSITIONS; sample += 1) {
          const at = Math.floor(random() * (stream.bytes.length + 1));
          const verdict = judge(await run(at, fault), whole.contents, FALLBACK);
          const [balance] = await gateway.control.budgets();
          if (verdict.startsWith('wrong')) wrong.push(`${at}: ${verdict}`);
          if (balance?.reserved.tokens !== 0) wrong.push(`${at}: reserved`);
          // A stall is ended by the gateway, which closes the socket.
          if (fault === 'stall') await exchange?.closed;
        }
        expect(wrong).toEqual([]);
        await gateway.close({ deadlineMs: 0 });
      },
      60_000,
    );
  },
);
