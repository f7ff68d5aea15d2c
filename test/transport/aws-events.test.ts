import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AwsEvent } from '../../src/core/transport.ts';
import { AwsEventDecoder } from '../../src/transport/aws-events.ts';
import { exchangeIndex, readExchange, responseBytes } from '../support/fixtures.ts';
import { cut } from './cut.ts';

function decode(chunks: readonly Uint8Array[], maxEventBytes = 1_000_000): AwsEvent[] {
  const decoder = new AwsEventDecoder(maxEventBytes);
  const events: AwsEvent[] = [];
  const drain = () => {
    for (let event = decoder.next(); event !== undefined; event = decoder.next()) events.push(event);
  };
  for (const chunk of chunks) {
    decoder.push(chunk);
    drain();
  }
  decoder.end();
  drain();
  return events;
}

const readable = (events: readonly AwsEvent[]) =>
  events.map(({ headers, payload }) => ({ headers: [...headers], payload: Buffer.from(payload).toString('utf8') }));

function frame(headers: Buffer, payload: string): Buffer {
  const body = Buffer.from(payload);
  const bytes = Buffer.alloc(16 + headers.length + body.length);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.writeUInt32BE(headers.length, 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  headers.copy(bytes, 12);
  body.copy(bytes, 12 + headers.length);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, bytes.length - 4)), bytes.length - 4);
  return bytes;
}

function header(name: string, type: number, value: readonly number[]): Buffer {
  return Buffer.from([name.length, ...Buffer.from(name), type, ...value]);
}

const text = (name: string, value: string) => header(name, 7, [0, value.length, ...Buffer.from(value)]);

const everyType = Buffer.concat([
  header('yes', 0, []),
  header('no', 1, []),
  header('byte', 2, [1]),
  header('short', 3, [0, 1]),
  header('integer', 4, [0, 0, 0, 1]),
  header('long', 5, [0, 0, 0, 0, 0, 0, 0, 1]),
  header('bytes', 6, [0, 2, 9, 9]),
  text(':event-type', 'chunk'),
  header('timestamp', 8, [0, 0, 0, 0, 0, 0, 0, 1]),
  header(
    'uuid',
    9,
    Array.from({ length: 16 }, () => 5),
  ),
  text(':message-type', 'event'),
]);

const recorded = exchangeIndex()
  .filter((entry) => entry.provider === 'bedrock' && entry.stream)
  .map((entry) => readExchange(entry.file))
  .filter((exchange) => exchange.response.eventstream_base64 !== undefined)
  .map(responseBytes);

describe('an AWS event stream', () => {
  it('reads recorded frames with their types and JSON payloads', () => {
    expect(recorded.length).toBeGreaterThan(0);
    for (const bytes of recorded) {
      const events = decode([bytes]);
      expect(events.map((event) => event.headers.get(':message-type') ?? '')).not.toContain('');
      expect(events.map((event) => JSON.parse(Buffer.from(event.payload).toString('utf8')))).not.toHaveLength(0);
      const framesLength = events.reduce((sum, event) => sum + event.payload.length, 0);
      expect(framesLength).toBeLessThan(bytes.length);
    }
  });

  it('keeps string headers and steps over those of all other types', () => {
    expect(readable(decode([frame(everyType, '{"a":1}')]))).toEqual([
      {
        headers: [
          [':event-type', 'chunk'],
          [':message-type', 'event'],
        ],
        payload: '{"a":1}',
      },
    ]);
  });

  it('gives the same events for any re-chunking', () => {
    const frames = Buffer.concat([frame(everyType, 'one'), frame(Buffer.alloc(0), ''), ...recorded.slice(0, 1)]);
    const whole = readable(decode([frames]));
    expect(whole.length).toBeGreaterThan(2);
    expect(readable(decode(cut(frames, [...frames.keys()])))).toEqual(whole);
    fc.assert(
      fc.property(fc.array(fc.nat(frames.length), { maxLength: 40 }), (positions) => {
        expect(readable(decode(cut(frames, positions)))).toEqual(whole);
      }),
    );
  });

  it('refuses a frame with any byte changed', () => {
    const bytes = frame(everyType, 'payload');
    for (const position of bytes.keys()) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8((bytes[position] ?? 0) ^ 1, position);
      expect(() => decode([changed])).toThrow(expect.objectContaining({ fault: 'malformed-answer' }));
    }
  });

  it('refuses lengths that contradict each other, though their checksum is right', () => {
    const bytes = Buffer.alloc(16);
    bytes.writeUInt32BE(16, 0);
    bytes.writeUInt32BE(400, 4);
    bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
    expect(() => decode([bytes])).toThrow(expect.objectContaining({ fault: 'malformed-answer' }));
  });

  it.each([
    ['a value that runs out of the headers', header('x', 7, [0, 200])],
    ['a name that runs out of the headers', Buffer.from([200, 1, 2])],
    ['an unknown type', header('x', 77, [])],
  ])('refuses %s', (_, headers) => {
    expect(() => decode([frame(headers, 'p')])).toThrow(expect.objectContaining({ fault: 'malformed-answer' }));
  });

  it('refuses a frame beyond the cap before it arrived', () => {
    const bytes = frame(everyType, 'x'.repeat(1_000));
    expect(() => decode([bytes.subarray(0, 12)], 500)).toThrow(expect.objectContaining({ fault: 'too-large' }));
  });

  it('tells an end inside a frame', () => {
    const bytes = frame(everyType, 'payload');
    for (const length of [3, 12, bytes.length - 1]) {
      expect(() => decode([bytes.subarray(0, length)])).toThrow(expect.objectContaining({ fault: 'closed-in-answer' }));
    }
  });
});
