import { NamedEvent } from '../../core/named-event.ts';
import type { ServerSentEvent } from '../../core/transport.ts';
import { headOfText } from '../error-body.ts';
import type { WireExchange } from '../wire.ts';
import { ChunkPattern } from './chunk-pattern.ts';
import { hasErrorsAsEvents } from './errors-as-events.ts';
import { upstreamError } from './errors-in-answers.ts';
import { MARKER, UNREADABLE } from './repaired-source.ts';

/**
 * The parsed data of an event, or the marker for `[DONE]` and nothing else; of a stream that is handed through, with the
 * event's name if the data does not tell it. Malformed JSON is `UNREADABLE`, never skipped.
 */
export function eventReader(exchange: WireExchange): (event: ServerSentEvent) => unknown {
  const errorsAreEvents = hasErrorsAsEvents(exchange);
  const pattern = exchange.request.operation === 'chat' ? new ChunkPattern() : undefined;
  return ({ event, data }) => {
    const first = data.charCodeAt(0);
    if ((first === LEFT_BRACKET || first === SPACE) && data.trim() === '[DONE]') return MARKER;
    // An error's data may be a plain text.
    if (event === 'error' && !errorsAreEvents) throw upstreamError('error-in-stream', parsed(data) ?? headOfText(data), exchange);
    const value = parse(event, data, pattern);
    if (value === undefined || value === UNREADABLE || exchange.request.operation !== 'passthrough') return value;
    return !event || event === 'message' || typeOf(value) === event ? value : new NamedEvent(event, value);
  };
}

const LEFT_BRACKET = 91;
const SPACE = 32;

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

function parse(event: string, data: string, pattern: ChunkPattern | undefined): unknown {
  try {
    return pattern === undefined ? JSON.parse(data) : pattern.read(data);
  } catch {
    return event === 'ping' ? undefined : UNREADABLE;
  }
}
