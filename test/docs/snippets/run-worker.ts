/**
 * Runs every TypeScript snippet of the documentation in turn, each as a module of its own and as a reader would, against one
 * local upstream that stands for all providers. Prints `{ name: { printed, error } }` as JSON.
 */
import { mkdtempSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { request, type Server } from 'node:http';
import { registerHooks } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { Gateway, type GatewayConfig, isFailoverExhausted, type ModelConfig, routeOf } from '../../../src/index.ts';
import { MemoryStore } from '../../../src/stores/memory.ts';
import { SCENES } from './scenes.ts';
import { pages, type Snippet, snippetsOf, toModule } from './snippet.ts';
import { startSnippetUpstream } from './snippet-upstream.ts';

const workshop = mkdtempSync(join(tmpdir(), 'tollgate-snippets-'));
process.once('exit', () => rmSync(workshop, { recursive: true, force: true }));
process.chdir(workshop);

// Packages are looked for here, not beside the temporary modules.
registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier, /^[\w@]/.test(specifier) ? { ...context, parentURL: import.meta.url } : context),
});

const upstream = await startSnippetUpstream();

const PROVIDERS = { openai: {}, anthropic: {}, google: {}, groq: {} };
const MODELS = {
  fast: ['openai/gpt-5-mini', 'anthropic/claude-haiku-4-5'],
  smart: ['openai/gpt-5'],
  long: ['google/gemini-2.5-pro'],
};
const BUDGETS = [
  { name: 'company', limit: { usd: 5_000 }, window: 'month' },
  { name: 'team', each: 'team', limit: { usd: 200 }, window: 'month' },
];

/** The gateway that snippets speak of without making one, or what a part of a configuration makes of it. */
function newGateway(more: Partial<GatewayConfig> = {}): Gateway {
  const models = more.providers === undefined ? { ...MODELS, ...more.models } : more.models;
  const config = { providers: PROVIDERS, budgets: BUDGETS, retry: { minDelayMs: 1, maxDelayMs: 1 }, ...more, models };
  return new Gateway(config as GatewayConfig);
}

const messages = [{ role: 'user' as const, content: 'Say hello.' }];

function ask(gateway: Gateway, content = 'Say hello.') {
  return gateway.chat.completions.create({ model: 'fast', messages: [{ role: 'user', content }] });
}

/** Where a call went, if the two seconds of a strategy take no time. */
async function attemptsWith(fast: ModelConfig): Promise<string> {
  const setTimer = (run: () => void, ms: number) => {
    const timer = setTimeout(run, ms === 2_000 ? 0 : ms);
    return { cancel: () => clearTimeout(timer) };
  };
  const answer = await ask(newGateway({ models: { fast }, clock: { now: Date.now, setTimeout: setTimer } }));
  return (routeOf(answer)?.attempts ?? []).map(({ deployment }) => deployment).join(' ');
}

function chatRequest(): Request {
  const body = JSON.stringify({ model: 'fast', messages });
  const headers = { 'content-type': 'application/json' };
  return new Request('http://app.test/v1/chat/completions', { method: 'POST', headers, body });
}

const started = Promise.withResolvers<Server>();

/** Of a call to the server that a snippet has started. */
async function statusOverHttp(): Promise<number | undefined> {
  const { port } = (await started.promise).address() as AddressInfo;
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const headers = { 'content-type': 'application/json' };
  const sent = request({ port, path: '/v1/chat/completions', method: 'POST', headers }, ({ statusCode }) => resolve(statusCode));
  sent.end(JSON.stringify({ model: 'fast', messages }));
  return promise;
}

/** What a call is told after the process was asked to stop. */
async function closedBySignal(gateway: Gateway): Promise<void> {
  process.emit('SIGTERM');
  console.log(await ask(gateway).catch(({ code }) => code));
}

/** What snippets use without saying where it comes from, or only declare. */
Object.assign(globalThis, {
  messages,
  routeOf,
  isFailoverExhausted,
  token: async () => 'token',
  tokensOf: (text: string) => text.length / 4,
  priceSheet: { read: async () => ({ 'openai/gpt-5-mini': { input: 1, output: 2 } }) },
  askSomebody: async () => true,
  onListening(this: Server) {
    started.resolve(this);
  },
  ...{ MemoryStore, ask, attemptsWith, chatRequest, closedBySignal, newGateway, statusOverHttp },
});

async function run(snippet: Snippet): Promise<{ printed: string[]; error?: string }> {
  const printed: string[] = [];
  const print = (...values: unknown[]) => void printed.push(format(...values));
  Object.assign(console, { log: print, info: print, warn: print, error: print });
  const { statuses = [], before = '', after = '' } = SCENES[snippet.name] ?? {};
  upstream.statuses.splice(0, upstream.statuses.length, ...statuses);
  const gateway = Object.assign(globalThis, { gateway: newGateway() }).gateway;
  const path = join(workshop, snippet.file);
  const text = toModule(snippet, (config) => `newGateway({ ${config} });`);
  const here = text.replaceAll('…', 'test').replace('.listen(8080)', ".listen(0).once('listening', onListening)");
  writeFileSync(path, `${before}\n${here}\n${after}\n`);
  try {
    await import(pathToFileURL(path).href);
    return { printed };
  } catch (error) {
    return { printed, error: format(error) };
  } finally {
    await gateway.close();
  }
}

const runs: Record<string, unknown> = {};
// A subscriber to a channel hears of all calls that come after it.
const isLast = ({ name }: Snippet) => Number(name.endsWith('Diagnostics channels'));
for (const snippet of pages.flatMap(snippetsOf).toSorted((a, b) => isLast(a) - isLast(b)))
  runs[snippet.name] = await run(snippet);
writeSync(1, JSON.stringify(runs));
process.exit(0);
