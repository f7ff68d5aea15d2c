import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ServerSentEvent } from '../../src/core/transport.ts';
import { ServerSentEventDecoder } from '../../src/transport/server-sent-events.ts';
import { exchangeIndex, readExchange, responseBytes } from '../support/fixtures.ts';
import { cut } from './cut.ts';

const MAX_EVENT_BYTES = 8_388_608;

function decode(chunks: readonly Uint8Array[], maxEventBytes = MAX_EVENT_BYTES): ServerSentEvent[] {
  const decoder = new ServerSentEventDecoder(maxEventBytes);
  const events: ServerSentEvent[] = [];
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

const decodeText = (text: string) => decode([Buffer.from(text)]);
const message = (data: string): ServerSentEvent => ({ event: 'message', data });

/** The same by another way: the whole text at once, split by a regular expression. */
function decodeNaively(bytes: Uint8Array): ServerSentEvent[] {
  const events: ServerSentEvent[] = [];
  const lines = new TextDecoder().decode(bytes).split(/\r\n|\n|\r/);
  let data: string[] = [];
  let event = '';
  for (const [index, line] of lines.entries()) {
    const isBlank = line === '' && index < lines.length - 1;
    const [, name, value = ''] = /^([^:]*)(?:: ?([\s\S]*))?$/.exec(line) ?? [];
    if (name === 'data') data.push(value);
    if (name === 'event') event = value;
    // JSON without its `data:` is an event of its own, unless one has begun.
    const isJson = line.startsWith('{') && data.length === 0;
    if (isJson) data.push(line);
    if (!isBlank && !isJson && index < lines.length - 1) continue;
    const isSignOfLife = /^([\t\n\v\f\r ]\s*)?$/.test(data.join('\n'));
    if (!isSignOfLife) events.push({ event: event || 'message', data: data.join('\n') });
    data = [];
    event = '';
  }
  return events;
}

describe('a stream of server-sent events', () => {
  it('gives an event for each group of lines that a blank line ends', () => {
    expect(decodeText('data: one\n\ndata: two\n\n')).toEqual([message('one'), message('two')]);
  });

  it('takes data with and without the space, and keeps further spaces', () => {
    expect(decodeText('data:one\n\ndata:  two \n\n').map((event) => event.data)).toEqual(['one', ' two ']);
  });

  it('dispatches nothing for data that is blank, and forgets its name', () => {
    expect(decodeText('data:\n\ndata\n\ndata: \n\ndata:  \ndata:\n\nevent: x\ndata:\n\ndata: a\n\n')).toEqual([message('a')]);
  });

  it('joins several data lines with a line feed', () => {
    expect(decodeText('data: a\ndata:\ndata: b\n\n')).toEqual([message('a\n\nb')]);
  });

  it('names the event, and forgets the name after it', () => {
    expect(decodeText('event: ping\ndata: 1\n\nevent\ndata: 2\n\n')).toEqual([{ event: 'ping', data: '1' }, message('2')]);
  });

  it('reads each name anew that is not, byte by byte, the one before', () => {
    const names = ['delta', 'delta', 'delte', 'delt', 'deltas', 'd\u00e9lta', 'd\u00e9lta', 'd\u00e8lta', 'dÃ©lta', 'delta'];
    const events = names.map((event) => ({ event, data: event }));
    const bytes = Buffer.from(events.map(({ event, data }) => `event: ${event}\ndata: ${data}\n\n`).join(''));
    expect(decode([bytes])).toEqual(events);
    expect(decode(cut(bytes, [...bytes.keys()]))).toEqual(events);
  });

  it('reads an event anew that only begins as the one before, or follows one that said nothing', () => {
    const usual = 'event: a\ndata: 1\n\n';
    const a = { event: 'a', data: '1' };
    expect(decodeText(`${usual}event: b\ndata:  \n\n${usual}`)).toEqual([a, a]);
    expect(decodeText(`${usual}event: a\ndata: 1\ndata: 2\n\n${usual}`)).toEqual([a, { event: 'a', data: '1\n2' }, a]);
    expect(decodeText(`${usual}event: a\ndata: 1\r2\n\n${usual}`)).toEqual([a, a, a]);
    expect(decodeText('data: 1\r\n\r\ndata: 2\r\n\ndata: 3\n\r\ndata: 4\r\n\r\n').map(({ data }) => data)).toEqual([
      '1',
      '2',
      '3',
      '4',
    ]);
  });

  it('dispatches nothing for comments, unknown fields, ids, retries and names alone', () => {
    expect(decodeText(': ping\n\nid: 7\nretry: 10\n\nevent: x\n\nother: y\n\ndatax: z\n\ndat: z\n\n')).toEqual([]);
  });

  it('ends lines by LF, CR and CRLF in any mixture', () => {
    expect(decodeText('data: a\r\n\r\ndata: b\r\rdata: c\n\ndata: d\r\n\ndata: e\n\r\n')).toEqual(
      ['a', 'b', 'c', 'd', 'e'].map(message),
    );
  });

  it('takes a line feed after a carriage return for one line end across chunks', () => {
    expect(decode(['data: a\r', '\ndata: b\r', '\n\r', '\n'].map((part) => Buffer.from(part)))).toEqual([message('a\nb')]);
  });

  it('ignores a byte order mark at the start only, even if it comes byte by byte', () => {
    expect(decode(cut(Buffer.from('\ufeffdata: \ufeffa\n\n\ufeffdata: b\n\n'), [1, 2, 3]))).toEqual([message('\ufeffa')]);
  });

  it('dispatches data that the end of the stream leaves without a blank line or line end', () => {
    expect(decodeText('data: a\n')).toEqual([message('a')]);
    expect(decodeText('event: x\ndata: b')).toEqual([{ event: 'x', data: 'b' }]);
    expect(decodeText('event: x')).toEqual([]);
  });

  it('keeps characters whole that are split between chunks', () => {
    const bytes = Buffer.from('data: 🎈é\n\n');
    expect(decode(cut(bytes, [...bytes.keys()]))).toEqual([message('🎈é')]);
  });

  it('refuses an event, a line or a comment beyond the cap', () => {
    const refuses = (text: string) => expect(() => decode(cut(Buffer.from(text), [3, 9]), 20)).toThrow('larger than 20 bytes');
    refuses(`data: ${'x'.repeat(20)}\n\n`);
    refuses(`data: 12345\ndata: 67890\n\n`);
    refuses(`: ${'x'.repeat(30)}`);
    expect(decode([Buffer.from('data: 12345\n\n: comment\n\ndata: 12345\n\n')], 20)).toHaveLength(2);
  });

  it('decodes one large event from tiny chunks', () => {
    const data = 'x'.repeat(1_000_000);
    const bytes = Buffer.from(`data: ${data}\n\n`);
    const positions = Array.from({ length: bytes.length / 16 }, (_, index) => index * 16);
    expect(decode(cut(bytes, positions))).toEqual([message(data)]);
  });
});

describe('any re-chunking', () => {
  const pieces = ['data', 'event', ':', ': ', ' ', '\n', '\n\n', '\r', '\r\n', 'a', '🎈', 'é', '\ufeff', 'id', '{"x":1}'];
  // So that events are in the words of the one before, or nearly.
  const lines = [
    'event: a\n',
    'event: b\n',
    'data: {"x":1}\n',
    'data: a\r\n',
    'data:  \n',
    'event: a\ndata: b\n\n',
    'data: a\n\n',
  ];
  const bytesOf = (parts: readonly string[], maxLength: number) =>
    fc.array(fc.constantFrom(...parts), { maxLength }).map((chosen) => Buffer.from(chosen.join('')));
  const bytesOfPieces = fc.oneof(bytesOf(pieces, 40), bytesOf([...lines, ...lines, ...pieces], 20));
  const anyBytes = fc
    .array(fc.constantFrom(...Buffer.from('data:event \n\r\u00e9🎈\ufeff'), 0xff), { maxLength: 60 })
    .map((bytes) => Buffer.from(bytes));
  const positions = fc.array(fc.nat(120), { maxLength: 30 });

  it('gives the events that a naive decoder reads from the whole', () => {
    fc.assert(
      fc.property(fc.oneof(bytesOfPieces, anyBytes), positions, (bytes, at) => {
        expect(decode(cut(bytes, at))).toEqual(decodeNaively(bytes));
      }),
      { numRuns: 3_000 },
    );
  });

  it('gives the same events of recorded streams', () => {
    const recorded = exchangeIndex()
      .filter((entry) => entry.stream && entry.provenance === 'wire')
      .map((entry) => readExchange(entry.file))
      .filter((exchange) => exchange.response.sse !== undefined)
      .slice(0, 12);
    expect(recorded.length).toBeGreaterThan(5);
    for (const exchange of recorded) {
      const bytes = responseBytes(exchange);
      const whole = decode([bytes]);
      expect(whole).toEqual(decodeNaively(bytes));
      expect(decode(cut(bytes, [...bytes.keys()]))).toEqual(whole);
    }
  });
});
