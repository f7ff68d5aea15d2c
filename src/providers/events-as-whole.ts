import { joinChatChunks, joinCompletionChunks } from '../core/join-chunks.ts';
import { isRecord } from '../core/json.ts';
import type { Operation } from '../core/operation.ts';
import type { UpstreamReply } from './provider.ts';
import { type ReportingSource, withReported } from './reported-usage.ts';
import { UpstreamError } from './upstream-error.ts';
import type { WireExchange } from './wire.ts';

/** The operations of which a whole answer can be made of a stream. */
export function mayBeJoined(operation: Operation): boolean {
  return operation === 'chat' || operation === 'completions' || operation === 'responses';
}

/** The whole answer that was asked for, made of a stream: some hosts and proxies stream whatever they were asked for. */
export async function eventsAsWhole(items: ReportingSource<unknown>, exchange: WireExchange): Promise<UpstreamReply> {
  const { status, headers, request } = exchange;
  const received: unknown[] = [];
  for (let item = await items.next(); item !== undefined; item = await items.next()) {
    received.push(item);
    if (received.length <= MOST_ITEMS) continue;
    items.cancel();
    throw withReported(new UpstreamError('not-an-answer', status, headers, undefined, TOO_LONG), items.reported());
  }
  const body = joined(received, request.operation);
  if (body === undefined) throw withReported(new UpstreamError('not-an-answer', status, headers, undefined), items.reported());
  return { kind: 'object', status, headers, body };
}

// Far more than any model writes.
const MOST_ITEMS = 1_000_000;
const TOO_LONG = 'the upstream answered with a stream of events that does not end';

function joined(items: readonly unknown[], operation: Operation): unknown {
  if (operation === 'chat') return joinChatChunks(items);
  if (operation === 'completions') return joinCompletionChunks(items);
  const last = items.at(-1);
  return isRecord(last) && isRecord(last.response) ? last.response : undefined;
}
