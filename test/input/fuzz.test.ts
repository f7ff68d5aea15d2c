import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bridgeResponses } from '../../src/bridges/responses/bridge.ts';
import { Cancellation } from '../../src/core/cancellation.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Operation } from '../../src/core/operation.ts';
import { Secret } from '../../src/core/secret.ts';
import { DEFAULT_TIMEOUTS } from '../../src/core/timeouts.ts';
import type { HttpRequest, Transport } from '../../src/core/transport.ts';
import { anthropicProvider } from '../../src/providers/anthropic/provider.ts';
import { bedrockProvider } from '../../src/providers/bedrock/provider.ts';
import { cohereProvider } from '../../src/providers/cohere/provider.ts';
import { googleProvider } from '../../src/providers/google/provider.ts';
import { vertexProvider } from '../../src/providers/google/vertex-provider.ts';
import { createOpenAiWireProvider, vendors } from '../../src/providers/open-ai-wire-provider.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { ProviderParts } from '../../src/providers/wire-provider.ts';
import { DELETED, mutated, pathsOf, REPLACEMENTS } from './mutations.ts';
import { CHAT, EMBEDDINGS, RESPONSES } from './valid-params.ts';
import { outcomeOf, stageOf, WIRES } from './wires.ts';

/** Ends an attempt if its request would go out. */
class Sent extends Error {
  readonly request: HttpRequest;

  constructor(request: HttpRequest) {
    super('sent');
    this.request = request;
  }
}

const transport: Transport = {
  send: (request) => Promise.reject(new Sent(request)),
  close: async () => {},
};

const parts: ProviderParts = {
  transport,
  clock: systemClock,
  account: {
    name: 'fuzzed',
    origin: 'http://127.0.0.1:1',
    basePath: '',
    headers: {},
    drop: new Set(),
    organization: undefined,
    project: 'p',
    region: 'us-east-1',
    apiVersion: undefined,
  },
};

const context = {
  requestId: 'req_fuzz',
  cancellation: new Cancellation(),
  timeouts: DEFAULT_TIMEOUTS,
  clock: systemClock,
  credential: { id: 'fuzzed#1', token: () => new Secret('test-key-0123456789') },
  capabilities: {},
};

const NATIVE: Readonly<Record<string, { provider: Provider; embeds: string | undefined }>> = {
  anthropic: { provider: anthropicProvider(parts), embeds: undefined },
  google: { provider: googleProvider(parts), embeds: 'gemini-embedding-001' },
  vertex: { provider: vertexProvider(parts), embeds: 'text-embedding-005' },
  bedrock: { provider: bedrockProvider(parts), embeds: 'amazon.titan-embed-text-v2:0' },
  cohere: { provider: cohereProvider(parts), embeds: 'embed-v4.0' },
};
const MODELS = new Map(WIRES.map(({ type, model }) => [type, model]));

type Ending = 'sent' | 'unsupported' | 'refused';

/** How a request ends: unable to be honoured, refused with a path, or as a body of JSON on its way. */
async function endOf(
  provider: Provider,
  operation: Operation,
  upstreamModel: string,
  params: Record<string, unknown>,
  stream: boolean,
): Promise<Ending> {
  const request = { operation, upstreamModel, params: { model: 'm', ...params }, stream };
  if (provider.unsupported(request).length > 0) return 'unsupported';
  const error: unknown = await provider.send(request, context).then(
    () => new Error('answered'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof Sent) {
    expect(() => JSON.parse(String(error.request.body))).not.toThrow();
    return 'sent';
  }
  const failure = provider.classify(error);
  expect(failure).toMatchObject({ kind: 'request-invalid', code: 'invalid_request', status: 400, reachedProvider: false });
  expect(failure.param).toMatch(/^[a-zA-Z_]/);
  expect(failure.param).not.toBe('body');
  return 'refused';
}

const everyNode = (params: Record<string, unknown>) =>
  pathsOf(params).flatMap((path) => REPLACEMENTS.map((replacement) => ({ path, replacement })));

describe.each(Object.entries(NATIVE))('valid params at %s with any one node replaced', (type, { provider, embeds }) => {
  const model = MODELS.get(type) ?? '';
  const operations = [
    ['chat', provider, CHAT, model],
    ['responses', bridgeResponses(provider), RESPONSES, model],
    ...(embeds === undefined ? [] : ([['embeddings', provider, EMBEDDINGS, embeds]] as const)),
  ] as const;

  it.each(
    operations.flatMap(([operation, of, cases, upstreamModel]) =>
      Object.entries(cases).map(([name, params]) => ({ operation, of, name, params, upstreamModel })),
    ),
  )('are sent, passed over or refused by a path: $operation, $name', async ({ operation, of, params, upstreamModel }) => {
    const endings = new Set<Ending>();
    for (const stream of operation === 'embeddings' ? [false] : [false, true]) {
      for (const { path, replacement } of everyNode(params)) {
        const odd = mutated(params, path, replacement);
        endings.add(await endOf(of, operation, upstreamModel, odd, stream));
      }
    }
    expect(endings.size).toBeGreaterThan(0);
  });

  it('are sent as they are, for most of them', async () => {
    const endings = await Promise.all(Object.values(CHAT).map((params) => endOf(provider, 'chat', model, params, false)));
    expect(endings.filter((ending) => ending === 'sent').length).toBeGreaterThanOrEqual(7);
    expect(endings).not.toContain('refused');
  });
});

describe('valid params with any one node replaced', () => {
  it.each([...vendors.keys()])('go out to %s, whatever they are', async (type) => {
    const vendor = vendors.get(type);
    if (vendor === undefined || !vendor.operations.has('chat')) return;
    const provider = createOpenAiWireProvider(vendor, parts);
    // What the wire's quirks take apart: messages, tools, the choice among them, streams.
    for (const params of [CHAT.history, CHAT['allowed tools'], CHAT.thinking]) {
      if (params === undefined) throw new Error('no such params');
      for (const { path, replacement } of everyNode(params)) {
        const odd = mutated(params, path, replacement);
        const error: unknown = await provider
          .send({ operation: 'chat', upstreamModel: 'm', params: odd, stream: false }, context)
          .catch((thrown: unknown) => thrown);
        if (!(error instanceof Sent)) throw new Error(`${JSON.stringify(path)} ${String(replacement)}: ${String(error)}`);
      }
    }
  });
});

describe('through a gateway, valid params with some nodes replaced', () => {
  const budget = { name: 'all', limit: { usd: 1_000, requests: 100_000 }, window: 'day' } as const;
  const mutation = fc.record({
    wire: fc.constantFrom(...WIRES),
    at: fc.array(fc.tuple(fc.nat(), fc.constantFrom(...REPLACEMENTS)), { minLength: 1, maxLength: 2 }),
  });

  it.each([
    ['chat', CHAT],
    ['responses', RESPONSES],
  ] as const)(
    'end in an answer, a 400 with a path or unsupported_operation, and leave no trace: %s',
    async (operation, cases) => {
      const stage = await stageOf({ budgets: [budget] });
      const valid = Object.values(cases);
      await fc.assert(
        fc.asyncProperty(fc.nat(), mutation, async (which, { wire, at }) => {
          const before = stage.server.requests.length;
          const params = at.reduce(
            (odd, [place, replacement]) => {
              const paths = pathsOf(odd);
              const path = paths[place % Math.max(1, paths.length)];
              return path === undefined ? odd : mutated(odd, path, replacement);
            },
            valid[which % valid.length] as Record<string, unknown>,
          );
          const outcome = await outcomeOf(stage.gateway, { ...params, model: `on ${wire.type}`, stream: false }, operation);
          // Well-formed, and of a kind of tokens that has no price there.
          const isUnpriced = !outcome.ok && outcome.error.code === 'unknown_price';
          if (!outcome.ok && !isUnpriced) {
            expect(outcome.error).toMatchObject({ status: 400, param: expect.stringMatching(/^[a-zA-Z_]/) });
            expect(['invalid_request', 'invalid_params', 'unsupported_operation']).toContain(outcome.error.code);
          }
          expect(stage.server.requests.length - before).toBe(outcome.ok ? 1 : 0);
          expect(stage.cooldowns).toEqual([]);
        }),
        { numRuns: 600 },
      );
      const sent = stage.server.requests.length;
      const [balance] = await stage.gateway.control.budgets();
      expect(balance).toMatchObject({ spent: { requests: sent }, reserved: { usd: 0, requests: 0 } });
      // 10 tokens in and 5 out at $1 and $2 a million.
      expect(balance?.spent.usd).toBeCloseTo(sent * 0.000_02, 9);
      for (const { consecutiveFailures, inFlight } of await stage.gateway.control.health())
        expect([consecutiveFailures, inFlight]).toEqual([0, 0]);
    },
  );
});

it('a deleted node is gone', () => {
  expect(mutated({ a: [{ b: 1 }, 2] }, ['a', 0, 'b'], DELETED)).toEqual({ a: [{}, 2] });
  expect(mutated({ a: [1, 2] }, ['a', 0], DELETED)).toEqual({ a: [2] });
});
