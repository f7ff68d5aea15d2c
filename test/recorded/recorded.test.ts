import { Gateway } from 'tollgate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchangeIndex, type IndexEntry, readExchange } from '../support/fixtures.ts';
import { type Replay, ReplayServer } from '../support/replay-server.ts';
import { judge } from './judge.ts';
import { type Result, tableOf } from './table.ts';
import { operationOf, providerConfig } from './wires.ts';

const UNEXPLAINED = 'for no reason that is known';

// Endpoints that are no operation of OpenAI's client, or that the gateway reaches by another route.
const LEFT_OUT: Readonly<Record<string, string>> = {
  count_tokens: 'no operation of the client',
  'invoke-with-response-stream': 'chat goes to Converse',
  'native.api.chat': 'chat goes to /v1/chat/completions',
};

/** What is known to come out otherwise than recorded, by file, with the reason. */
const KNOWN: Readonly<Record<string, { reason: string; problems: string[] }>> = {};

const entries = exchangeIndex();
const judged = entries.filter(({ endpoint }) => operationOf(endpoint) !== undefined);
const results: Result[] = entries
  .filter(({ endpoint }) => operationOf(endpoint) === undefined)
  .map((entry) => ({ entry, leftOut: LEFT_OUT[entry.endpoint] ?? UNEXPLAINED }));

const server = new ReplayServer();
const replays = new Map<string, { replay: Replay; model: string }>();
let gateway: Gateway;

beforeAll(async () => {
  await server.listen();
  const providers: Record<string, Record<string, unknown>> = {};
  for (const [position, entry] of judged.entries()) {
    const exchange = readExchange(entry.file);
    const replay = server.add(exchange);
    const name = `${entry.provider}-${position}`;
    providers[name] = providerConfig(exchange, replay.root);
    replays.set(entry.file, { replay, model: `${name}/${modelOf(entry)}` });
  }
  gateway = new Gateway({ providers, retry: { attemptsPerDeployment: 1, maxAttempts: 1 } } as never);
});

afterAll(async () => {
  await gateway.close({ deadlineMs: 0 });
  await server.close();
});

// A recording may name no model; any of the wire's will do.
const MODELS: Readonly<Record<string, string>> = {
  bedrock: 'anthropic.claude-sonnet-4-6',
  cohere: 'command-a-03-2025',
  google: 'gemini-2.5-flash',
};

function modelOf({ provider, model }: IndexEntry): string {
  return model ?? MODELS[provider] ?? 'model';
}

describe('a recorded exchange through the public API', () => {
  it.each(judged)('$file', async (entry) => {
    const { replay, model } = replays.get(entry.file) as { replay: Replay; model: string };
    const verdict = await judge(readExchange(entry.file), replay, gateway, model);
    results.push({ entry, verdict });
    expect([...verdict.problems, ...(verdict.request ?? [])]).toEqual(KNOWN[entry.file]?.problems ?? []);
  });
});

it('comes out as recorded for at least 97 of 100', () => {
  console.log(tableOf(results, new Map(Object.entries(KNOWN).map(([file, { reason }]) => [file, reason]))));
  const verdicts = results.flatMap((result) => ('verdict' in result ? [result.verdict] : []));
  const passed = verdicts.filter(({ problems }) => problems.length === 0);
  expect(verdicts.length).toBe(judged.length);
  expect(passed.length / verdicts.length).toBeGreaterThanOrEqual(0.97);
  expect(results.filter((result) => 'leftOut' in result && result.leftOut === UNEXPLAINED)).toEqual([]);
});
