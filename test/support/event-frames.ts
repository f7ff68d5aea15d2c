import { crc32 } from 'node:zlib';
import { type Exchange, responseBytes } from './fixtures.ts';

/** The bytes of a recording; AWS events that were kept without their frames are framed again. */
export function recordedBytes(exchange: Exchange): Buffer {
  const { events } = exchange.response;
  if (events === undefined) return responseBytes(exchange);
  return Buffer.concat(
    events.flatMap((event) =>
      Object.entries(event as Record<string, unknown>).map(([type, payload]) =>
        frame({ ':message-type': 'event', ':event-type': type, ':content-type': 'application/json' }, payload),
      ),
    ),
  );
}

/** One frame of AWS's event stream. */
export function frame(headers: Record<string, string>, payload: unknown): Buffer {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => headerField(name, value)));
  const body = Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(16 + head.length + body.length, 0);
  prelude.writeUInt32BE(head.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const message = Buffer.concat([prelude, head, body]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(message));
  return Buffer.concat([message, checksum]);
}

/** A header of type 7, a string. */
function headerField(name: string, value: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(Buffer.byteLength(value));
  return Buffer.concat([Buffer.from([Buffer.byteLength(name)]), Buffer.from(name), Buffer.from([7]), length, Buffer.from(value)]);
}
