import { execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { instrument } from 'tollgate/otel';
import { describe, expect, it } from 'vitest';
import { ask, closeAfterTest, gatewayOf, messages, providersAt, upstream } from '../public/harness.ts';
import { completion, streamText } from '../support/chat-upstream.ts';
import { freePort, onFreePorts } from '../support/free-ports.ts';

const docs = fileURLToPath(new URL('../../docs/observability/', import.meta.url));
const rules = join(docs, 'alerts.yaml');

async function exporterOnPort(): Promise<{ exporter: PrometheusExporter; port: number }> {
  const port = await freePort();
  const exporter = new PrometheusExporter({ host: '127.0.0.1', port, preventServerStart: true });
  await exporter.startServer();
  return { exporter, port };
}

/** A gateway that has answered, failed over and refused, and the address if its metrics can be scraped. */
async function scraped(): Promise<number> {
  const { exporter, port } = await onFreePorts(exporterOnPort);
  closeAfterTest(() => exporter.shutdown());
  const server = await upstream((exchange) => {
    if (exchange.index === 0) return exchange.answer(500, { error: { message: 'no' } });
    return exchange.request.body.includes('"stream":true')
      ? streamText(exchange, 'a', 'b')
      : exchange.answer(200, completion('hi'));
  });
  const gateway = gatewayOf({
    providers: providersAt(server, 'one', 'two'),
    models: { m: ['one/m', 'two/m'], closed: ['one/closed'] },
    prices: { 'one/m': { input: 1, output: 2 }, 'two/m': { input: 1, output: 2 } },
    budgets: [{ name: 'all', limit: { usd: 1 }, window: 'day' }],
    access: { rules: [{ match: {}, deny: ['closed'] }] },
  });
  const resource = resourceFromAttributes({ 'service.name': 'gateway' });
  const meter = new MeterProvider({ resource, readers: [exporter] }).getMeter('tollgate');
  closeAfterTest(async () => undo());
  const undo = instrument(gateway, { meter });
  await ask(gateway, 'm');
  for await (const _ of await gateway.chat.completions.create({ model: 'm', messages, stream: true }));
  await ask(gateway, 'closed').catch(() => undefined);
  return port;
}

/** Debian's Prometheus over that address; resolves with its own when it has scraped. */
async function prometheusOver(target: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-prometheus-'));
  const configuration = join(folder, 'prometheus.yml');
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [rules],
    scrape_configs: [{ job_name: 'tollgate', static_configs: [{ targets: [`127.0.0.1:${target}`] }] }],
  };
  // JSON is YAML.
  writeFileSync(configuration, JSON.stringify(config));
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const prometheus = spawn(
    'prometheus',
    [`--config.file=${configuration}`, `--storage.tsdb.path=${folder}`, `--web.listen-address=${address}`],
    { stdio: 'ignore' },
  );
  const ended = new Promise((resolve) => prometheus.once('exit', resolve));
  closeAfterTest(async () => {
    prometheus.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  const origin = `http://${address}`;
  while (!(await isReady(origin)))
    if (prometheus.exitCode !== null) throw new Error(`prometheus ended with ${prometheus.exitCode}`);
  return origin;
}

async function isReady(origin: string): Promise<boolean> {
  const ready = await fetch(`${origin}/-/ready`).catch(() => undefined);
  if (ready?.ok !== true) await new Promise((resolve) => setTimeout(resolve, 50));
  return ready?.ok === true;
}

interface Sample {
  readonly metric: Record<string, string>;
  readonly value: [number, string];
}

async function query(origin: string, promql: string): Promise<Sample[]> {
  const response = await fetch(`${origin}/api/v1/query?query=${encodeURIComponent(promql)}`);
  const { data, error } = (await response.json()) as { data?: { result: Sample[] }; error?: string };
  if (data === undefined) throw new Error(`${promql}: ${error}`);
  return data.result;
}

/** Asks until there is an answer; the test's time limit ends it. */
async function answered(origin: string, promql: string): Promise<Sample[]> {
  for (;;) {
    const samples = await query(origin, promql).catch(() => []);
    if (samples.length > 0) return samples;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

interface Dashboard {
  readonly title: string;
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
}

const dashboard = JSON.parse(readFileSync(join(docs, 'grafana-dashboard.json'), 'utf8')) as Dashboard;

/** Names of series that expressions ask for. */
function seriesIn(text: string): string[] {
  return [...new Set(text.match(/\b(?:tollgate|gen_ai)_\w+/g) ?? [])];
}

// As with Redis: if it is not installed, this is left out, visibly.
const prometheusIsHere = spawnSync('promtool', ['--version']).status === 0;
if (!prometheusIsHere) console.log('No promtool on the PATH: the suite over Prometheus is left out.');

describe.runIf(prometheusIsHere)('Prometheus', () => {
  it('scrapes every series that the alerts and the dashboard of the docs ask for', { timeout: 60_000 }, async () => {
    const port = await scraped();
    const origin = await onFreePorts(() => prometheusOver(port));
    await answered(origin, 'tollgate_attempts_total');
    const expressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    const asked = seriesIn(`${expressions.join('\n')}\n${readFileSync(rules, 'utf8').replaceAll(/^\s*#.*$/gm, '')}`);
    // Grafana's own labels are none of a series.
    const names = asked.filter((name) => /_(?:total|bucket|count|sum|remaining|in_flight)$/.test(name));
    const missing: string[] = [];
    for (const name of names) if ((await query(origin, name)).length === 0) missing.push(name);
    expect(missing).toEqual([]);
    expect(names.length).toBeGreaterThan(8);
    for (const expr of expressions) await query(origin, expr.replaceAll('$__rate_interval', '1m'));
    const [cost] = await query(origin, 'sum(tollgate_cost_total)');
    expect(Number(cost?.value[1])).toBeCloseTo(0.000_04, 9);
  });

  it('takes the alerts of the docs', async () => {
    const { stdout } = await promisify(execFile)('promtool', ['check', 'rules', rules]);
    expect(stdout).toMatch(/SUCCESS: \d+ rules found/);
  });

  it('gives times in seconds, in buckets that tell them apart', async () => {
    const port = await scraped();
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const buckets = text
      .split('\n')
      .filter((line) => line.startsWith('gen_ai_client_operation_duration') && line.includes('le="'));
    expect(buckets.some((line) => line.includes('le="0.01"'))).toBe(true);
    expect(buckets.some((line) => line.includes('le="10000"'))).toBe(false);
  });
});
