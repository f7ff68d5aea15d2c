/**
 * What tracers of others see of a gateway, beside what they see of a plain client of OpenAI: `npm run build && node
 * scripts/try-tracers.ts`. Packages come from the registry, in the versions below; the calls go to an upstream on the loopback. Writes
 * the table of `docs/observability.md`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Sandbox } from './packed.ts';

/** By the names that `tracers/probe.mjs` has for them. */
const TRACERS = {
  opentelemetry: '@opentelemetry/instrumentation-openai@0.22.0',
  openinference: '@arizeai/openinference-instrumentation-openai@4.2.7',
  traceloop: '@traceloop/instrumentation-openai@0.27.0',
  langfuse: '@langfuse/openai@5.11.1',
  langsmith: 'langsmith@0.12.0',
  braintrust: 'braintrust@3.35.0',
} as const;
const BESIDE = [
  ...['openai@7.59.0', '@opentelemetry/api@1.10.0', '@opentelemetry/sdk-trace@3.1.1'],
  ...['@opentelemetry/context-async-hooks@3.1.1', '@langfuse/tracing@5.11.1', 'zod@4'],
];
const PROBE = ['probe.mjs', 'tracing.mjs', 'upstream.mjs'];

interface Way {
  /** What was thrown; undefined if the call went well. */
  readonly problem?: string;
  readonly spans: number;
  readonly ended: boolean;
  /** Spans with counts of tokens. */
  readonly tokens: number;
}

interface Probed {
  readonly seen: Readonly<Record<string, Way>>;
  readonly lost: Readonly<Record<string, string>>;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const page = join(root, 'docs/observability.md');
const sandbox = new Sandbox();
try {
  console.log('packing and installing');
  sandbox.install(...BESIDE, ...Object.values(TRACERS));
  for (const file of PROBE) sandbox.write(file, readFileSync(join(root, 'scripts/tracers', file), 'utf8'));
  const rows = Object.entries(TRACERS).map(([tracer, version]) => {
    const row = rowOf(version, probe(tracer, 'openai'), probe(tracer, 'gateway'), probe(tracer, 'gateway + otel'));
    console.log(row);
    return row;
  });
  writeTable(rows);
} finally {
  sandbox.remove();
}

function probe(tracer: string, client: string): Probed {
  const printed = sandbox.run('node', ['probe.mjs', tracer, client]);
  const line = printed.trim().split('\n').at(-1) ?? '';
  return JSON.parse(line) as Probed;
}

function rowOf(version: string, plain: Probed, gateway: Probed, both: Probed): string {
  const twice = Object.entries(both.seen).filter(([, { tokens }]) => tokens > 1);
  const cells = [
    `\`${version}\``,
    listed(gateway, ({ spans }) => spans > 0),
    listed(gateway, ({ tokens }) => tokens > 0),
    brokenIn(gateway),
    JSON.stringify(plain) === JSON.stringify(gateway) ? 'the same' : differing(plain, gateway),
    twice.length === 0 ? 'no' : twice.length === Object.keys(both.seen).length ? 'yes' : twice.map(([way]) => way).join('; '),
  ];
  return `| ${cells.join(' | ')} |`;
}

function listed({ seen }: Probed, isSo: (way: Way) => boolean): string {
  const ways = Object.entries(seen);
  const found = ways.filter(([, way]) => isSo(way)).map(([name]) => name);
  if (found.length === 0) return 'nothing';
  if (found.length === ways.length) return 'all';
  const missing = ways.filter(([, way]) => !isSo(way)).map(([name]) => name);
  return missing.length < found.length ? `all but ${missing.join('; ')}` : found.join('; ');
}

function brokenIn({ seen, lost }: Probed): string {
  const thrown = Object.entries(seen).filter(([, { problem }]) => problem !== undefined);
  const open = Object.entries(seen).filter(([, { ended, problem }]) => !ended && problem === undefined);
  const parts = [...thrown.map(([way]) => way), ...Object.keys(lost), ...open.map(([way]) => `${way}: never ends its span`)];
  return parts.length === 0 ? 'nothing' : parts.join('; ');
}

function differing(plain: Probed, gateway: Probed): string {
  const ways = Object.keys(plain.seen).filter((way) => JSON.stringify(plain.seen[way]) !== JSON.stringify(gateway.seen[way]));
  const helpers = Object.keys(gateway.lost).filter((helper) => helper !== '.for()' && plain.lost[helper] === undefined);
  const differs = [...ways, ...helpers];
  return differs.length === 0 ? 'the same' : `differs: ${differs.join('; ')}`;
}

function writeTable(rows: readonly string[]): void {
  const head = [
    '| package | traced | with counts of tokens | lost or broken | beside a plain client | counted twice with `tollgate/otel` |',
    '|---|---|---|---|---|---|',
  ];
  const text = readFileSync(page, 'utf8');
  const [begin, end] = ['<!-- tracers -->', '<!-- /tracers -->'];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from === -1 || to === -1) throw new Error(`${page} has no place for the table`);
  writeFileSync(page, `${text.slice(0, from)}${begin}\n\n${[...head, ...rows].join('\n')}\n\n${text.slice(to)}`);
}
