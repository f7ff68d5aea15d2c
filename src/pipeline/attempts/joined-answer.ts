import type { Call } from '../../core/call.ts';
import { ChunkJoin } from '../../core/chunk-join.ts';
import type { Clock } from '../../core/clock.ts';
import type { ItemSource } from '../../core/item-source.ts';
import { isRecord } from '../../core/json.ts';
import type { Outcome } from '../../core/outcome.ts';
import { untilCancelled } from '../../core/sleep.ts';
import type { UpstreamReply } from '../../providers/provider.ts';
import { UpstreamError } from '../../providers/upstream-error.ts';
import { readAnswer } from '../reading/answer-facts.ts';
import { StreamTally } from '../reading/stream-tally.ts';
import { keepAnswer } from '../reading/turn-keeper.ts';
import { asksForWork } from '../record/asks-for-work.ts';
import type { Runtime } from '../runtime.ts';
import type { Attempt } from './attempt.ts';
import type { AttemptAnswer } from './attempt-answer.ts';
import { hasFilterFallback, withheld } from './withheld.ts';

/**
 * The whole answer that was asked for, made of a stream: some hosts and proxies stream whatever they were asked for. It is
 * metered as a stream is, so that one that breaks off costs what came of it.
 */
export async function joinedAnswer(
  { status, headers, items, reported }: UpstreamReply & { readonly kind: 'stream' },
  attempt: Attempt,
  call: Call,
  runtime: Runtime,
): Promise<Outcome<AttemptAnswer>> {
  const tally = new StreamTally(call.operation, reported, asksForWork(call));
  attempt.account.reads(tally);
  const body = await joined(items, tally, attempt, call, runtime.clock);
  if (body === undefined) throw new UpstreamError('not-an-answer', status, headers, undefined);
  const { finishReason, isFiltered } = readAnswer(body, call.operation);
  const value: AttemptAnswer = { kind: 'object', status, headers, body, attempt, finishReason };
  if (isFiltered && hasFilterFallback(call)) return withheld(value, undefined);
  attempt.succeedAsStream(tally);
  keepAnswer(body, call, runtime);
  return { ok: true, value };
}

/** Undefined if the items make no answer. */
async function joined(
  items: ItemSource<unknown>,
  tally: StreamTally,
  attempt: Attempt,
  { operation }: Call,
  clock: Clock,
): Promise<object | undefined> {
  const join = operation === 'chat' || operation === 'completions' ? new ChunkJoin(operation) : new LastResponse();
  const { lease } = attempt.account;
  let hasContent = false;
  try {
    for (;;) {
      const next = items.next();
      if (next instanceof Promise) lease?.noteReport(tally);
      const item = next instanceof Promise ? await untilCancelled(next, attempt.cancellation) : next;
      if (item === undefined) return join.answer;
      if (tally.add(item) && !hasContent) {
        hasContent = true;
        attempt.committed();
      }
      join.add(item);
      if (next instanceof Promise) lease?.keep(tally, clock.monotonicMs());
    }
  } catch (error) {
    items.cancel();
    throw error;
  }
}

/** The last event of a response has all of it. */
class LastResponse {
  answer: object | undefined;

  add(event: unknown): void {
    this.answer = isRecord(event) && isRecord(event.response) ? event.response : undefined;
  }
}
