import { describe, expect, it } from 'vitest';
import { TransportError } from '../../src/core/transport-error.ts';
import { ServerSentEventDecoder } from '../../src/transport/server-sent-events.ts';

function decode(bytes: string | Uint8Array, maxEventBytes = 1_000): string[] {
  const decoder = new ServerSentEventDecoder(maxEventBytes);
  decoder.push(Buffer.from(bytes));
  decoder.end();
  const found: string[] = [];
  for (let event = decoder.next(); event !== undefined; event = decoder.next()) found.push(`${event.event}:${event.data}`);
  return found;
}

describe('a byte order mark', () => {
  const marked = (mark: number[], rest: string) => Buffer.concat([Buffer.from(mark), Buffer.from(rest)]);

  it('is ignored as a whole only', () => {
    expect(decode(marked([0xef, 0xbb, 0xbf], 'data: a\n\n'))).toEqual(['message:a']);
    for (const mark of [
      [0xef],
      [0xef, 0xbb],
      [0xef, 0xbb, 0xbe],
      [0xef, 0xba, 0xbf],
      [0xee, 0xbb, 0xbf],
      [0x41, 0x42, 0xbf],
      [0x41, 0xbb, 0xbf],
    ]) {
      expect([mark, decode(marked(mark, 'data: a\n\ndata: b\n\n'))]).toEqual([mark, ['message:b']]);
    }
  });

  it('alone on its line is an empty line', () => {
    expect(decode(marked([0xef, 0xbb, 0xbf], '\ndata: a\n\n'))).toEqual(['message:a']);
  });
});

describe('a line feed', () => {
  it('at the very start is an empty line, and one after another ends one event only', () => {
    expect(decode('\ndata: a\n\n\n\ndata: b\n\n')).toEqual(['message:a', 'message:b']);
  });
});

describe('the cap', () => {
  it('takes an event that is just as large, and names itself for one that is larger', () => {
    const line = `data: ${'x'.repeat(94)}`;
    expect(decode(`${line}\n\n`, 100)).toHaveLength(1);
    const refused = () => decode(`${line}x\n\n`, 100);
    expect(refused).toThrow(TransportError);
    expect(refused).toThrow('larger than 100 bytes');
  });

  it('counts bytes, not characters, and what came before is handed out first', () => {
    const decoder = new ServerSentEventDecoder(100);
    decoder.push(Buffer.from(`data: first\n\ndata: ${'日'.repeat(31)}\n\ndata: ${'日'.repeat(32)}\n\n`));
    expect(decoder.next()?.data).toBe('first');
    expect(decoder.next()?.data).toBe('日'.repeat(31));
    expect(() => decoder.next()).toThrow('larger than 100 bytes');
  });

  it('holds for a line that has not ended, once all before it is handed out', () => {
    const decoder = new ServerSentEventDecoder(100);
    decoder.push(Buffer.from(`data: first\n\ndata: ${'x'.repeat(100)}`));
    expect(decoder.next()?.data).toBe('first');
    expect(() => decoder.next()).toThrow('larger than 100 bytes');
  });
});

describe('a field', () => {
  it('without a value or a colon is empty, and one whose name only begins the same is another', () => {
    expect(decode('data: a\ndata\ndata:\ndata: \ndata: b\n\n')).toEqual(['message:a\n\n\n\nb']);
    expect(decode('dat\ndatas: no\ndat: no\n: data: no\ndata: yes\n\n')).toEqual(['message:yes']);
    expect(decode('event\nevents: x\ndata: y\n\n')).toEqual(['message:y']);
  });
});

describe('a line of JSON without its field', () => {
  it('is an event of its own, also as the last without an end', () => {
    expect(decode('{"a":1}\n{"b":2}\r\n\ndata: c\n\n{"d":4}')).toEqual([
      'message:{"a":1}',
      'message:{"b":2}',
      'message:c',
      'message:{"d":4}',
    ]);
    expect(decode('event: error\n{"a":1}\n\ndata: b\n\n')).toEqual(['error:{"a":1}', 'message:b']);
  });

  it('within an event is ignored, as any field that nobody knows', () => {
    expect(decode('data: a\n{"b":2}\ndata: c\n\n')).toEqual(['message:a\nc']);
  });

  it('counts towards the cap', () => {
    expect(() => decode(`{"a":"${'x'.repeat(94)}"}\n`, 100)).toThrow('larger than 100 bytes');
  });
});
