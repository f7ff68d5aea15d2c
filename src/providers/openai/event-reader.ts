import { NamedEvent } from '../../core/named-event.ts';
import type { ServerSentEvent } from '../../core/transport.ts';
import type { WireExchange } from '../wire.ts';
import { ChunkPattern } from './chunk-pattern.ts';
import { upstreamError } from './errors-in-answers.ts';
import { MARKER } from './repaired-source.ts';

/**
 * The parsed data of an event, or the marker for `[DONE]` and nothing else; of a stream that is handed through, with the
 * event's name if the data does not tell it. Malformed JSON is an error, never skipped.
 */
export function eventReader(exchange: WireExchange): (event: ServerSentEvent) => unknown {
  const pattern = exchange.request.operation === 'chat' ? new ChunkPattern() : undefined;
  return ({ event, data }) => {
    if (data.charCodeAt(0) === LEFT_BRACKET && data.trimEnd() === '[DONE]') return MARKER;
    // An error's data may be a plain text.
    if (event === 'error') throw upstreamError('error-in-stream', parsed(data) ?? data.slice(0, LONGEST_TEXT), exchange);
    const value = parse(event, data, pattern, exchange);
    if (value === undefined || exchange.request.operation !== 'passthrough') return value;
    return !event || event === 'message' || typeOf(value) === event ? value : new NamedEvent(event, value);
  };
}

const LEFT_BRACKET = 91;
const LONGEST_TEXT = 2_000;

function typeOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? (value as { type?: unknown }).type : undefined;
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

function parse(event: string, data: string, pattern: ChunkPattern | undefined, exchange: WireExchange): unknown {
  try {
    return pattern === undefined ? JSON.parse(data) : pattern.read(data);
  } catch {
    if (event === 'ping') return undefined;
    // Neither the data nor the parser's message goes along: both may hold what the model wrote.
    throw upstreamError('not-an-answer', 'malformed JSON in a stream event', exchange);
  }
}
