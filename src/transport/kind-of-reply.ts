import { isJsonType } from '../core/is-json-type.ts';
import type { HttpOptions, HttpReply } from '../core/transport.ts';
import { contentEncoding } from './content-encoding.ts';

const SMALL_BODY_BYTES = 16_384;

// RFC 9110, sections 15.3.5 and 15.3.6.
const WITHOUT_CONTENT: ReadonlySet<number> = new Set([204, 205]);

/**
 * How a reply is read. A 2xx answer of the type asked for is a stream, as is one without a type if server-sent events were
 * asked for; of another type that may hide events, the first bytes tell.
 */
export function kindOfReply(
  answer: HttpOptions['answer'],
  status: number,
  headers: Readonly<Record<string, string>>,
): HttpReply['kind'] | 'untyped' {
  if (answer === 'whole' || status >= 300 || WITHOUT_CONTENT.has(status)) return 'whole';
  const mediaType = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (answer === 'bytes') {
    const { 'content-length': length } = headers;
    // So little comes at once, and may be an error that wears another type; a page of no known length mostly is one.
    const mayBeError = length === undefined ? mediaType === 'text/html' : Number(length) <= SMALL_BODY_BYTES;
    return mayBeError || isJsonType(mediaType) ? 'whole' : answer;
  }
  if (answer === 'aws-events') return mediaType === 'application/vnd.amazon.eventstream' ? answer : 'whole';
  if (mediaType === 'text/event-stream') return 'server-sent-events';
  if (answer === 'server-sent-events' && (mediaType === undefined || mediaType === '')) return answer;
  // Of encoded bytes the first ones tell nothing.
  return contentEncoding(headers) === undefined ? 'untyped' : 'whole';
}
