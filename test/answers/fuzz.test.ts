import fc from 'fast-check';
import OpenAI from 'openai';
import { StreamInterruptedError } from 'tollgate';
import { expect, it } from 'vitest';
import { DELETED, mutated, pathsOf } from '../input/mutations.ts';
import { schemaProblems } from '../recorded/schema.ts';
import { openStream, readAll, stageOf } from './stage.ts';
import { bytesOf, STREAM_WIRES, type StreamWire, SURFACES, streamHead, type UpstreamEvent } from './wires.ts';

const NUMBER_OF_RUNS = 60;
const ODDITIES = [undefined, null, '', 0, 7, true, [], {}, [null], 'text'];

/** One thing that goes wrong on the way; numbers are taken modulo what there is. */
interface Disorder {
  readonly kind: 'swap' | 'repeat' | 'drop' | 'lack' | 'odd';
  readonly at: number;
  readonly to: number;
}

function disordered(events: readonly UpstreamEvent[], { kind, at, to }: Disorder): readonly UpstreamEvent[] {
  const result = [...events];
  const from = at % result.length;
  const event = result[from] as UpstreamEvent;
  const other = to % result.length;
  if (kind === 'swap') [result[from], result[other]] = [result[other] as UpstreamEvent, event];
  if (kind === 'repeat') result.splice(other, 0, event);
  if (kind === 'drop') result.splice(from, 1);
  if (kind === 'lack' || kind === 'odd') {
    const paths = pathsOf(event.data);
    const path = paths[to % paths.length];
    const oddity = kind === 'lack' ? DELETED : ODDITIES[to % ODDITIES.length];
    if (path !== undefined) result[from] = { ...event, data: mutated(event.data, path, oddity) };
  }
  return result.length > 0 ? result : events;
}

const disorders = fc.array(
  fc.record({
    kind: fc.constantFrom('swap', 'repeat', 'drop', 'lack', 'odd'),
    at: fc.nat(997),
    to: fc.nat(997),
  }) as fc.Arbitrary<Disorder>,
  { minLength: 1, maxLength: 3 },
);

type Chunk = OpenAI.ChatCompletionChunk;

/** What is wrong with a stream of chat chunks that ended regularly. */
function chatProblems(items: readonly Chunk[]): string[] {
  const problems = items.flatMap((item) => schemaProblems('CreateChatCompletionStreamResponse', item));
  const finishes = new Map<number, number>();
  const calls = new Map<string, string>();
  for (const { choices } of items) {
    for (const { index, delta, finish_reason } of choices) {
      finishes.set(index, (finishes.get(index) ?? 0) + (finish_reason ? 1 : 0));
      for (const call of delta.tool_calls ?? []) {
        const place = `${index}/${call.index}`;
        if (calls.has(place)) continue;
        if (!call.id || !call.function?.name || call.type !== 'function')
          problems.push(`a call begins with ${JSON.stringify(call)}`);
        if ([...calls.values()].includes(call.id ?? '')) problems.push(`two calls ${call.id}`);
        calls.set(place, call.id ?? '');
      }
    }
  }
  for (const [index, count] of finishes) if (count !== 1) problems.push(`choice ${index} finishes ${count} times`);
  if (finishes.size === 0) problems.push('no choice');
  return problems;
}

function problemsOf(items: readonly unknown[], as: StreamWire['operation'], isBridged: boolean): string[] {
  if (as === 'chat') return chatProblems(items as readonly Chunk[]);
  if (as === 'completions') return items.flatMap((item) => schemaProblems('CreateCompletionResponse', item));
  const last = (items.at(-1) as { type?: unknown } | undefined)?.type;
  const ends = last === 'response.completed' || last === 'response.incomplete' ? [] : [`ends with ${String(last)}`];
  return isBridged ? [...ends, ...items.flatMap((item) => schemaProblems('ResponseStreamEvent', item))] : ends;
}

/** Undefined for an error that a caller can act on. */
function untyped(error: unknown): string | undefined {
  if (!(error instanceof OpenAI.APIError) || !error.code) return `untyped: ${String(error)}`;
  const told = [error.message, error instanceof StreamInterruptedError ? error.failure.message : ''].join(' ');
  return /cannot (read|convert|use)|is not (a function|iterable|an object|defined)|expected .* to be/i.test(told)
    ? told
    : undefined;
}

it.each(SURFACES)(
  'a stream of $wire.type ($wire.operation as $as) in any disorder ends valid or in a typed error',
  { timeout: 60_000 },
  async ({ wire, as }) => {
    let bytes = Buffer.alloc(0);
    let cut = 0;
    const { gateway, attempts, balance } = await stageOf(STREAM_WIRES, async (exchange) => {
      await streamHead(exchange, wire);
      await exchange.write(bytes.subarray(0, cut));
      await new Promise((resolve) => setImmediate(resolve));
      await exchange.write(bytes.subarray(cut));
      exchange.end();
    });
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(disorders, fc.nat(9_999), async (changes, at) => {
        const events = changes.reduce<readonly UpstreamEvent[]>(disordered, wire.events);
        bytes = bytesOf(wire, events) as Buffer<ArrayBuffer>;
        cut = at % bytes.length;
        runs += 1;
        const outcome = await openStream(gateway, wire, as)
          .then(readAll)
          .catch((error: unknown) => ({ error }));
        const problems = Array.isArray(outcome)
          ? problemsOf(outcome, as, as !== wire.operation)
          : [untyped(outcome.error)].filter(Boolean);
        expect(problems.slice(0, 3), JSON.stringify(events.map(({ data }) => data))).toEqual([]);
      }),
      { numRuns: NUMBER_OF_RUNS, seed: 11 },
    );
    expect(attempts).toHaveLength(runs);
    expect(await balance()).toMatchObject({ reserved: { requests: 0, tokens: 0, usd: 0 } });
  },
);
