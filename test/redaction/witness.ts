import { inspect } from 'node:util';
import { type Gateway, toCsv } from 'tollgate';
import { dashboard } from 'tollgate/dashboard';
import { onTestFinished } from 'vitest';
import { logLines, subscribe, Telemetry } from '../otel/observer.ts';
import { EVENT_TYPES } from '../support/event-types.ts';
import { settlePromises } from '../support/test-clock.ts';

type Tell = (value: unknown) => void;

/** Watches one way out of a gateway; what it returns looks once more when the calls are over. */
type Channel = (gateway: Gateway, tell: Tell) => (() => unknown) | undefined;

/** Every way out of a gateway but a caller's own answer and error. A further one is one line here. */
const CHANNELS: Readonly<Record<string, Channel>> = {
  events: (gateway, tell) => void EVENT_TYPES.map((type) => gateway.on(type, tell)),
  channels: (_, tell) => void subscribe(({ message }) => tell(message)),
  telemetry: (gateway, tell) => {
    const telemetry = new Telemetry(gateway, { dimensions: ['team'] });
    return async () => {
      for (const { name, attributes, events, status, links } of telemetry.spans)
        tell({ name, attributes, events, status, links });
      tell([...(await telemetry.metrics()).values()]);
    };
  },
  log: (gateway, tell) => {
    const lines = logLines(gateway);
    return () => lines.map(tell);
  },
  warnings: (_, tell) => listenTo('warning', tell),
  console: (_, tell) => overhearConsole(tell),
  health: (gateway, tell) => () => tell(gateway.control.health()),
  usage: (gateway, tell) => () => gateway.control.usage({ by: ['model', 'deployment'] }).then(tell, tell),
  budgets: (gateway, tell) => () => gateway.control.budgets().then(tell, tell),
  plan: (gateway, tell) => () =>
    gateway.control.plan({ model: 'm', messages: [{ role: 'user', content: 'x' }] }).then(tell, tell),
  runs: (gateway, tell) => () => tell(gateway.control.runs()),
  csv: (gateway, tell) => () =>
    gateway.control.usage({ by: ['model', 'deployment', 'day'] }).then((rows) => tell(toCsv(rows)), tell),
  dashboard: watchDashboard,
  'the gateway, printed': (gateway, tell) => () => tell(gateway),
  'its clones, printed': (gateway, tell) => () => [gateway.for({ team: 't' }), gateway.withOptions({ timeout: 9 })].map(tell),
};

/** Notes all that leaves a gateway. */
export class Witness {
  /** What was seen, by where. */
  readonly #seen: { readonly where: string; readonly text: string }[] = [];
  readonly #finish: (() => unknown)[] = [];

  constructor(gateway: Gateway) {
    for (const [name, watch] of Object.entries(CHANNELS)) {
      const finish = watch(gateway, (value) => this.#note(name, value));
      if (finish) this.#finish.push(finish);
    }
  }

  /** What a caller got. */
  got(what: string, value: unknown): void {
    this.#note(`${OF_CALLER}${what}`, value);
  }

  /** Places where one of the texts was seen, once the calls are over; those of the caller last. */
  async placesOf(texts: readonly string[]): Promise<{ elsewhere: string[]; atCaller: string[] }> {
    await settlePromises();
    for (const finish of this.#finish.splice(0)) await finish();
    const places = this.#seen.flatMap(({ where, text }) => {
      const found = texts.find((one) => text.includes(one));
      if (found === undefined) return [];
      const at = text.indexOf(found);
      return [`${where}: …${text.slice(Math.max(0, at - 60), at + found.length + 20)}…`];
    });
    return {
      elsewhere: places.filter((place) => !place.startsWith(OF_CALLER)),
      atCaller: places.filter((place) => place.startsWith(OF_CALLER)),
    };
  }

  /** How much was seen, so that a witness who saw nothing proves nothing. */
  count(where: string): number {
    return this.#seen.filter((seen) => seen.where.startsWith(where)).length;
  }

  #note(where: string, value: unknown): void {
    this.#seen.push({ where, text: shown(value) });
  }
}

const OF_CALLER = 'the caller, ';

/** A value in every form in which somebody prints it, its hidden fields and causes included. */
export function shown(value: unknown): string {
  const printed = inspect(value, { depth: 12, showHidden: true, maxStringLength: null, maxArrayLength: null, breakLength: 1e9 });
  const parts = [printed, toJson(value)];
  if (value instanceof Headers) parts.push(JSON.stringify([...value]));
  if (value instanceof Error) parts.push(String(value), String(value.stack), ...fieldsOf(value).map(shown));
  return parts.join('\n');
}

function fieldsOf(error: Error): unknown[] {
  const { headers, error: body, attempts, cause } = error as Error & Record<string, unknown>;
  return [headers, body, attempts, cause].filter((field) => field !== undefined);
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    // A gateway has circles.
    return '';
  }
}

/** All that the dashboard serves, and the first state that its stream of events sends. */
function watchDashboard(gateway: Gateway, tell: Tell): () => Promise<void> {
  const board = dashboard(gateway, { authorize: () => true });
  const ask = (query: string) => board(new Request(`http://localhost/board?${query}`));
  onTestFinished(() => board.close());
  return async () => {
    const { body } = await ask('file=events');
    let sent = '';
    for await (const piece of body ?? []) {
      sent += Buffer.from(piece).toString();
      if (sent.includes('data:')) break;
    }
    tell(sent);
    const calls = await (await ask('file=calls')).text();
    for (const query of ['file=state', 'file=usage&by=model&by=deployment', '']) tell(await (await ask(query)).text());
    tell(calls);
    for (const [, id] of calls.matchAll(/"requestId":"([^"]+)"/g)) tell(await (await ask(`file=call&id=${id}`)).text());
  };
}

function listenTo(event: 'warning', tell: Tell): undefined {
  process.on(event, tell);
  onTestFinished(() => void process.off(event, tell));
}

function overhearConsole(tell: Tell): undefined {
  for (const method of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
    const own = console[method];
    console[method] = (...words: unknown[]) => tell(words);
    onTestFinished(() => {
      console[method] = own;
    });
  }
}

/** A secret as it may be found: each part of it that is long enough, and its encodings. */
export function tracesOf(secret: string, shortest = 12): string[] {
  const traces = [encodeURIComponent(secret)];
  for (let at = 0; at + shortest <= secret.length; at += 1) traces.push(secret.slice(at, at + shortest));
  if (secret.length < shortest) traces.push(secret);
  for (const before of ['', 'u', 'us']) {
    const encoded = Buffer.from(`${before}${secret}`).toString('base64');
    traces.push(encoded.slice(4, 4 + shortest), encoded.slice(-4 - shortest, -4));
  }
  return traces.filter((trace) => trace.length >= Math.min(shortest, secret.length));
}
