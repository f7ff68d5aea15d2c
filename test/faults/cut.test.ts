import { type BudgetBalance, Gateway } from 'tollgate';
import { scriptedProvider, TestClock } from 'tollgate/testing';
import { describe, expect, it } from 'vitest';
import type { HttpReply, Transport } from '../../src/core/transport.ts';
import { TransportError } from '../../src/core/transport-error.ts';
import type { Account } from '../../src/providers/wire.ts';
import { AwsEventDecoder } from '../../src/transport/aws-events.ts';
import type { BodyControl } from '../../src/transport/body-reader.ts';
import { EventBody } from '../../src/transport/event-body.ts';
import { ServerSentEventDecoder } from '../../src/transport/server-sent-events.ts';
import { judge, readItems, type Verdict } from './cut.ts';
import { FAULTS, type Fault, injected, type RecordedStream, recordedStreams } from './recorded-streams.ts';

const FALLBACK = ['from ', 'the ', 'other'];
const LARGEST_EVENT = 8_388_608;

/** The bytes that the next request gets, and what becomes of the connection after them. */
interface Cut {
  readonly at: number;
  readonly fault: Fault | undefined;
}

/** Answers every request with the recorded bytes up to the cut, without a socket. */
class CutTransport implements Transport {
  readonly #stream: RecordedStream;
  cut: Cut = { at: 0, fault: undefined };

  constructor(stream: RecordedStream) {
    this.#stream = stream;
  }

  async send(_request: unknown, { cancellation }: Parameters<Transport['send']>[1]): Promise<HttpReply> {
    const head = { status: 200, headers: { 'content-type': this.#stream.contentType } };
    if (this.#stream.wire === 'bedrock') {
      const events = this.#feed(new EventBody(new AwsEventDecoder(LARGEST_EVENT), NO_CONTROL, cancellation));
      return { ...head, kind: 'aws-events', events };
    }
    const events = this.#feed(new EventBody(new ServerSentEventDecoder(LARGEST_EVENT), NO_CONTROL, cancellation));
    return { ...head, kind: 'server-sent-events', events };
  }

  async close(): Promise<void> {}

  #feed<T>(body: EventBody<T>): EventBody<T> {
    const { at, fault } = this.cut;
    body.data(this.#stream.bytes.subarray(0, at));
    if (fault === undefined || fault === 'end') body.end();
    else if (fault === 'reset') body.fail(new TransportError('closed-in-answer', 'reset', { code: 'ECONNRESET' }));
    else if (fault === 'stall') body.fail(new TransportError('idle-timeout', 'silence'));
    else {
      body.data(Buffer.from(injected(this.#stream, fault)));
      body.end();
    }
    return body;
  }
}

const NO_CONTROL: BodyControl = { pause() {}, resume() {}, startWaiting() {}, stopWaiting() {}, close() {} };

const ACCOUNT: Account = {
  name: 'first',
  origin: 'https://provider.test',
  basePath: '',
  headers: {},
  drop: new Set(),
  organization: undefined,
  project: undefined,
  region: 'us-east-1',
  apiVersion: undefined,
};

interface Bench {
  readonly transport: CutTransport;
  run(cut: Cut): Promise<{ reading: Awaited<ReturnType<typeof readItems>>; balance: BudgetBalance | undefined; ends: number }>;
}

/** A gateway whose first deployment speaks the wire over the cut transport and whose second is healthy. */
function openBench(stream: RecordedStream): Bench {
  const clock = new TestClock();
  const transport = new CutTransport(stream);
  const provider = stream.createProvider({ account: ACCOUNT, transport, clock });
  const gateway = new Gateway({
    providers: {
      first: { provider, apiKey: 'sk-test-key' },
      second: { provider: scriptedProvider('second', [{ pieces: FALLBACK }]) },
    },
    models: { m: ['first/m', 'second/m'] },
    budgets: [{ name: 'all', limit: { tokens: 1_000_000_000_000, requests: 1_000_000 }, window: 'lifetime' }],
    clock,
  });
  let ends = 0;
  gateway.on('request.end', () => {
    ends += 1;
  });
  return {
    transport,
    async run(cut) {
      transport.cut = cut;
      // A cooldown of the last cut is over by then.
      clock.advance(300_001);
      const opened = await gateway.chat.completions.create({
        model: 'm',
        messages: [{ role: 'user', content: 'hello' }],
        stream: true,
      });
      const reading = await readItems(opened);
      const [balance] = await gateway.control.budgets();
      return { reading, balance, ends };
    },
  };
}

describe.each(recordedStreams.map((stream) => [stream.wire, stream] as const))('a stream of %s', (_wire, stream) => {
  it.each(FAULTS)(
    'cut at every byte by %s is the fallback, a strict prefix with an error, or whole',
    async (fault) => {
      const bench = openBench(stream);
      const whole = await bench.run({ at: stream.bytes.length, fault: undefined });
      expect(whole.reading.error).toBeUndefined();
      expect(whole.reading.contents.length).toBeGreaterThan(0);
      const verdicts: Verdict[] = [];
      const wrong: string[] = [];
      let longest = 0;
      for (let at = 0; at <= stream.bytes.length; at += 1) {
        const { reading, balance, ends } = await bench.run({ at, fault });
        const verdict = judge(reading, whole.reading.contents, FALLBACK);
        verdicts.push(verdict);
        if (verdict.startsWith('wrong')) wrong.push(`${at}: ${verdict}`);
        if (balance?.reserved.tokens !== 0 || balance.reserved.requests !== 0)
          wrong.push(`${at}: reserved ${JSON.stringify(balance?.reserved)}`);
        if (ends !== at + 2) wrong.push(`${at}: ${ends} ends`);
        // A longer cut never gives less.
        if (verdict !== 'fallback' && reading.contents.length < longest) wrong.push(`${at}: shorter than before`);
        if (verdict !== 'fallback') longest = Math.max(longest, reading.contents.length);
      }
      expect(wrong.slice(0, 10)).toEqual([]);
      expect(inOrder(verdicts)).toBe(true);
      // Before its last content has come, no answer passes for whole.
      expect(verdicts.indexOf('whole')).toBeGreaterThan(stream.bytes.lastIndexOf(stream.lastWords));
    },
    240_000,
  );
});

/** First fallbacks only, then none. An answer that is whole without its marker may be cut again inside what follows it. */
function inOrder(verdicts: readonly Verdict[]): boolean {
  const committed = verdicts.findIndex((verdict) => verdict !== 'fallback');
  return committed > 0 && !verdicts.includes('fallback', committed) && verdicts.at(-1) === 'whole';
}
