import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { AttemptMessage, EventMap, EventType, Gateway } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { eventsOf, type LogLine, logLines, type Published, subscribe, Telemetry } from './observer.ts';
import { PATHS, type Path, walk } from './paths.ts';

/** `docs/observability.md` says of every path who is told what; `npx vitest run test/otel/paths` shows where it is wrong. */
const page = readFileSync(fileURLToPath(new URL('../../docs/observability.md', import.meta.url)), 'utf8');

interface Seen {
  readonly path: string;
  readonly events: string;
  readonly channels: string;
  readonly spans: string;
  readonly metrics: string;
  readonly log: string;
}

/** The rows of the table whose first column is `path`; cells are codes. */
function rowsOf(text: string): Map<string, Seen> {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith('| path |'));
  const rows = new Map<string, Seen>();
  for (const line of lines.slice(start + 2)) {
    if (!line.startsWith('|')) break;
    const [path = '', events = '', channels = '', spans = '', metrics = '', log = ''] = line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim().replaceAll('`', ''));
    rows.set(path, { path, events, channels, spans, metrics, log });
  }
  return rows;
}

const rows = rowsOf(page);

describe('the table of paths in docs/observability.md', () => {
  it('has every path and no other', () => {
    expect([...rows.keys()]).toEqual(Object.keys(PATHS));
  });

  it.each(Object.entries(PATHS))('tells all of a call that is %s', async (name, path) => {
    expect(await seenOn(name, path)).toEqual(rows.get(name));
  });
});

async function seenOn(name: string, path: Path): Promise<Seen> {
  const published: Published[] = [];
  let watched: { events: EventMap[EventType][]; telemetry: Telemetry; lines: LogLine[] } | undefined;
  await walk(path, (gateway: Gateway) => {
    subscribe((one) => published.push(one));
    watched = { events: eventsOf(gateway), telemetry: new Telemetry(gateway), lines: logLines(gateway) };
  });
  if (watched === undefined) throw new Error('nothing was watched');
  const { events, telemetry, lines } = watched;
  return {
    path: name,
    events: told(events.map(eventWord)),
    channels: told(published.map(({ name: phase, message }) => phaseWord(phase, message as AttemptMessage))),
    spans: told(treesOf(telemetry.spans)),
    metrics: told(await metricWords(telemetry)),
    log: told(lines.map(logWord)),
  };
}

function told(words: readonly string[]): string {
  return words.length === 0 ? '–' : words.join(', ');
}

function eventWord(event: EventMap[EventType]): string {
  return event.type === 'request.end' ? `request.end (${event.outcome})` : event.type;
}

function phaseWord(name: string, { attempt, error }: AttemptMessage): string {
  const subject = attempt === undefined ? name : name.replace('attempt', `attempt ${attempt}`);
  return name.endsWith('error')
    ? `${subject} (${error && ('kind' in error ? error.kind : (error as { code: string }).code)})`
    : subject;
}

/** Each span followed by those under it; one that has some of its own stands in brackets with them. */
function treesOf(spans: readonly ReadableSpan[]): string[] {
  const under = (id: string | undefined) =>
    spans
      .filter(({ parentSpanContext }) => parentSpanContext?.spanId === id)
      .toSorted((left, right) => placeOf(left) - placeOf(right));
  const tree = (span: ReadableSpan): string => {
    const parts = under(span.spanContext().spanId).map(tree);
    const words = [spanWord(span), ...parts].join(' > ');
    return parts.length > 0 && span.parentSpanContext !== undefined ? `(${words})` : words;
  };
  return under(undefined).map(tree);
}

function placeOf({ attributes }: ReadableSpan): number {
  return Number(attributes['tollgate.attempt'] ?? 0);
}

function spanWord({ name, events, attributes, status }: ReadableSpan): string {
  const error = attributes['error.type'];
  const how = error === undefined ? '' : ` (${error}${status.code === 2 ? '' : '; no error'})`;
  const between = events.map((event) => event.name.replace('tollgate.', '')).join(' ');
  return `${name}${how}${between === '' ? '' : ` [${between}]`}`;
}

const SHORT: Readonly<Record<string, string>> = {
  'gen_ai.client.operation.duration': 'duration',
  'gen_ai.client.operation.time_to_first_chunk': 'first_chunk',
  'gen_ai.client.operation.time_per_output_chunk': 'per_chunk',
  'gen_ai.client.token.usage': 'tokens',
  'tollgate.cost': 'cost',
  'tollgate.attempts': 'attempts',
  'tollgate.failovers': 'failovers',
  'tollgate.refusals': 'refusals',
  'tollgate.guards': 'guards',
  'tollgate.overhead': 'overhead',
};

/** Counts of histograms, sums of counters. */
async function metricWords(telemetry: Telemetry): Promise<string[]> {
  const metrics = await telemetry.metrics();
  return Object.entries(SHORT).flatMap(([name, word]) => {
    const points = (metrics.get(name)?.dataPoints ?? []) as { value: number | { count: number } }[];
    if (points.length === 0) return [];
    if (word === 'cost') return [word];
    const counts = points.map(({ value }) => (typeof value === 'number' ? value : value.count));
    return [`${word} ${counts.reduce((left, right) => left + right)}`];
  });
}

function logWord({ level, fields }: LogLine): string {
  return fields.event === 'request.end' ? level : `${level} (${fields.event})`;
}
