import type { ItemSource } from '../../core/item-source.ts';
import type { ServerSentEvent } from '../../core/transport.ts';
import type { ReportingSource } from '../reported-usage.ts';
import type { WireExchange } from '../wire.ts';
import { ChatStreamRepair } from './chat-stream.ts';
import { CompletionStreamRepair } from './completion-stream.ts';
import { EventPassage } from './event-passage.ts';
import { eventReader } from './event-reader.ts';
import type { VendorQuirks } from './quirks.ts';
import { type Repair, RepairedSource } from './repaired-source.ts';

/** A stream of an OpenAI-wire vendor as OpenAI's items. */
export function fromStream(
  events: ItemSource<ServerSentEvent>,
  exchange: WireExchange,
  quirks: VendorQuirks,
): ReportingSource<unknown> {
  return new RepairedSource(events, eventReader(exchange), repairOf(exchange, quirks), exchange);
}

/** The same for events that somebody else has parsed. */
export function fromParsedStream(
  events: ItemSource<unknown>,
  exchange: WireExchange,
  quirks: VendorQuirks,
): ReportingSource<unknown> {
  return new RepairedSource(events, (event) => event, repairOf(exchange, quirks), exchange);
}

function repairOf(exchange: WireExchange, quirks: VendorQuirks): Repair<unknown> {
  switch (exchange.request.operation) {
    case 'chat':
      return new ChatStreamRepair(exchange, quirks);
    case 'completions':
      return new CompletionStreamRepair(exchange, quirks);
    default:
      return new EventPassage(exchange);
  }
}
