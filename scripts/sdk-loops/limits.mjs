/**
 * Runs every client inside of runs with limits, each reached in the middle of its loop: the loop has to end there with the limit's
 * error in the SDK's own words, after calls that were answered whole, with no call made again, and with the totals right.
 * Prints a line of JSON for each: what was wrong, or nothing; and where the SDK keeps the error.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Gateway, RunLimitError } from 'tollgate';
import { CLIENTS, TOOL } from './clients.mjs';
import { LAST_TEXT, stepOf, VENDORS } from './vendors.mjs';

const asked = process.argv.slice(2);
const VENDOR = VENDORS.kimi;
const CALLER = { team: 'search' };
const HOUR_MS = 3_600_000;
/** A token of output costs 0.1 dollars, so the 8,000 that a call may have 800; an answer has five. */
const PRICE = { input: 0, output: 100_000 };

let sent = 0;
let passedMs = 0;
const upstream = createServer(async (request, response) => {
  let text = '';
  for await (const data of request) text += data;
  sent += 1;
  const body = JSON.parse(text);
  const step = stepOf(body);
  if (!body.stream) return response.setHeader('content-type', 'application/json').end(JSON.stringify(VENDOR.whole(step)));
  response.setHeader('content-type', 'text/event-stream').end(VENDOR.stream(step));
});
await new Promise((resolve) => upstream.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${upstream.address().port}`;

function open(more) {
  return new Gateway({
    providers: { kimi: VENDOR.provider(`${origin}/kimi`) },
    models: { 'kimi-model': [{ provider: 'kimi', model: VENDOR.model, price: PRICE }] },
    clock: { now: () => Date.now() + passedMs, monotonicMs: () => performance.now() + passedMs, setTimeout: timer },
    ...more,
  });
}

function timer(callback, delayMs) {
  const handle = setTimeout(callback, delayMs);
  return { cancel: () => clearTimeout(handle) };
}

const directory = mkdtempSync(join(tmpdir(), 'tollgate-limits-'));
const gateway = open({});
const [one, two] = ['one', 'two'].map(() => open({ store: { type: 'sqlite', path: join(directory, 'runs.db') } }));

/** What the loop, of three calls and three of tools, comes to: by the limit that ends it, or by none. */
const CASES = {
  maxCalls: { limits: { maxCalls: 2 }, calls: 2, toolCalls: 3 },
  maxToolCalls: { limits: { maxToolCalls: 2 }, calls: 1, toolCalls: 2 },
  maxUsd: { limits: { maxUsd: 800.2 }, calls: 1, toolCalls: 2 },
  maxMs: { limits: { maxMs: HOUR_MS }, calls: 1, toolCalls: 2 },
  none: { limits: { maxCalls: 3 }, calls: 3, toolCalls: 3 },
  raised: { limits: { maxCalls: 1, onLimit: async () => ({ raise: { maxCalls: 5 } }) }, calls: 3, toolCalls: 3 },
};

/** How calls come to be inside of a run: of a clone, or of a function around all. */
const BINDINGS = {
  for: (limits, loop) => {
    const clone = gateway.for(CALLER, limits);
    return loop(clone, clone.clientOptions().fetch);
  },
  run: (limits, loop) => gateway.run(CALLER, () => loop(gateway, gateway.clientOptions().fetch), limits),
};

for (const [client, loop] of Object.entries(CLIENTS)) {
  if (asked.length > 0 && !asked.some((word) => client.includes(word))) continue;
  const way = (own, fetch, isStream) => ({
    baseURL: 'http://gateway.local/v1',
    fetch,
    gateway: own,
    model: 'kimi-model',
    isStream,
  });
  for (const isStream of [false, true]) {
    for (const [name, bind] of Object.entries(BINDINGS))
      for (const [limit, wanted] of Object.entries(CASES))
        await tried(client, `${name}, ${limit}`, isStream, limit, wanted, () =>
          bind(wanted.limits, (own, fetch) => loop(way(own, fetch, isStream))),
        );
    const inner = (limits) => () =>
      gateway.run(CALLER, () => BINDINGS.for(limits, (own, fetch) => loop(way(own, fetch, isStream))), { maxCalls: 2 });
    await tried(client, 'a clone inside of a run', isStream, 'maxCalls', CASES.maxCalls, inner({ maxCalls: 10 }));
    await triedInTwo(client, isStream, (own, fetch) => loop(way(own, fetch, isStream)));
  }
}
for (const each of [gateway, one, two]) await each.close();
rmSync(directory, { recursive: true });
upstream.close().closeAllConnections();

async function tried(client, name, isStream, limit, { calls, toolCalls }, run) {
  const problems = [];
  const { error, text, refused, ended, started } = await watched(gateway, limit, run);
  const isOver = calls === 3;
  if (isOver && text !== LAST_TEXT) problems.push(`the answer is ${JSON.stringify(text ?? String(error))}`);
  const place = error && placeOf(error);
  if (!isOver && place === undefined)
    problems.push(`no run_limit in ${error === undefined ? JSON.stringify(text) : shown(error)}`);
  if (!isOver && refused !== 1) problems.push(`${refused} calls were refused`);
  if (sent !== calls) problems.push(`${sent} calls were sent instead of ${calls}`);
  for (const totals of [...ended, ...started])
    if (totals.calls !== calls || totals.toolCalls !== toolCalls || totals.tokens !== calls * 15 || near(totals.usd, calls * 0.5))
      problems.push(`totals are ${JSON.stringify(totals)}`);
  if (ended.length + started.length === 0) problems.push('no run was told of');
  tell(client, name, isStream, problems, isOver ? undefined : place);
}

async function watched(own, limit, run) {
  [sent, passedMs] = [0, 0];
  let refused = 0;
  const ended = [];
  const count = ({ error }) => (refused += error?.code === 'run_limit' ? 1 : 0);
  const end = ({ totals }) => ended.push(totals);
  const known = new Set(own.control.runs().map(({ id }) => id));
  own.on('request.end', count).on('run.end', end);
  TOOL.used = () => (passedMs += limit === 'maxMs' ? HOUR_MS : 0);
  const outcome = await run().then(
    (text) => ({ text }),
    (error) => ({ error }),
  );
  await new Promise((resolve) => setTimeout(resolve, 5));
  own.off('request.end', count).off('run.end', end);
  const started = own.control.runs().flatMap(({ id, totals }) => (known.has(id) ? [] : [totals]));
  return { ...outcome, refused, ended, started };
}

/** A run of an id that goes on in another gateway on the same file: of four calls three are used up by then. */
async function triedInTwo(client, isStream, loop) {
  const problems = [];
  const limits = { id: `${client} ${isStream}`, maxCalls: 4 };
  const within = (own) => () => own.run(CALLER, () => loop(own, own.clientOptions().fetch), limits);
  const first = await watched(one, 'id', within(one));
  if (first.text !== LAST_TEXT) problems.push(`the first answer is ${JSON.stringify(first.text ?? String(first.error))}`);
  const { error, text } = await watched(two, 'id', within(two));
  if (error === undefined || placeOf(error) === undefined) problems.push(`the second ends with ${error ? shown(error) : text}`);
  if (sent !== 1) problems.push(`${sent} calls were sent by the second`);
  tell(client, 'an id in two gateways', isStream, problems, undefined);
}

/** Where an SDK keeps the limit's error; undefined if nowhere. */
function placeOf(error, place = 'error', depth = 0) {
  if (typeof error !== 'object' || error === null || depth > 4) return undefined;
  if (error instanceof RunLimitError) return `${place} instanceof RunLimitError`;
  if (error.code === 'run_limit') return `${place}.code === 'run_limit'`;
  for (const name of ['cause', 'error', 'data', 'errors', 'lastError', 'originalError', 0])
    if (name in error) {
      const found = placeOf(error[name], `${place}.${name}`, depth + 1);
      if (found !== undefined) return found;
    }
  return undefined;
}

function shown(error) {
  return `${error.name}: ${error.message} (${Object.keys(error).join()})`;
}

function near(amount, wanted) {
  return Math.abs(amount - wanted) > 1e-9;
}

function tell(client, way, isStream, problems, place) {
  console.log(JSON.stringify({ client, vendor: 'limits', way: `${way}, ${isStream ? 'streamed' : 'whole'}`, problems, place }));
}
