import fc from 'fast-check';
import type { Gateway, GatewayConfig } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { bodyOf, failureOf, gatewayOf, messages, upstream } from '../public/harness.ts';

type Body = Record<string, unknown>;
type Params = Record<string, unknown>;

/** A provider type, a model there, and the most tokens that one answer to a body may have by what the upstream reads. */
interface Wire {
  readonly type: string;
  readonly model: string;
  readonly path?: string;
  readonly more?: object;
  /** Fields that the wire knows beside the limits of chat; others rule the deployment out. Undefined: all. */
  readonly knows?: readonly string[];
  allowed(body: Body, path: string): number;
}

const openAiLimits = (body: Body, path: string) =>
  largest(
    path.endsWith('/responses')
      ? [body.max_output_tokens]
      : path.endsWith('/chat/completions')
        ? [body.max_completion_tokens, body.max_tokens]
        : [body.max_tokens],
  );

const WIRES: readonly Wire[] = [
  { type: 'openai-compatible', model: 'm', allowed: openAiLimits },
  { type: 'openai', model: 'gpt-5-mini', allowed: openAiLimits },
  { type: 'openai', model: 'gpt-4o', allowed: openAiLimits },
  { type: 'azure', model: 'my-own', path: '', allowed: openAiLimits },
  { type: 'vllm', model: 'm', allowed: openAiLimits },
  // These know one spelling only.
  { type: 'ollama', model: 'm', allowed: (body, path) => (isChat(path) ? largest([body.max_tokens]) : openAiLimits(body, path)) },
  {
    type: 'deepseek',
    model: 'deepseek-chat',
    allowed: (body, path) => (isChat(path) ? largest([body.max_tokens]) : openAiLimits(body, path)),
  },
  { type: 'mistral', model: 'mistral-small-latest', allowed: (body) => largest([body.max_tokens]) },
  {
    type: 'cerebras',
    model: 'gpt-oss-120b',
    allowed: (body, path) => (isChat(path) ? largest([body.max_completion_tokens]) : openAiLimits(body, path)),
  },
  {
    type: 'llamacpp',
    model: 'm',
    allowed: (body, path) =>
      body.n_predict === undefined
        ? isChat(path)
          ? largest([body.max_tokens])
          : openAiLimits(body, path)
        : Number(body.n_predict) < 0
          ? Number.POSITIVE_INFINITY
          : Number(body.n_predict),
  },
  {
    type: 'anthropic',
    model: 'claude-haiku-4-5',
    path: '',
    knows: ['reasoning_effort', 'reasoning'],
    allowed: (body) => anthropicLimit(body),
  },
  {
    type: 'anthropic',
    model: 'claude-opus-5',
    path: '',
    knows: ['reasoning_effort', 'reasoning'],
    allowed: (body) => anthropicLimit(body),
  },
  {
    type: 'anthropic',
    model: 'kimi-k9',
    path: '',
    knows: ['reasoning_effort', 'reasoning'],
    allowed: (body) => anthropicLimit(body),
  },
  {
    type: 'google',
    model: 'gemini-2.0-flash',
    path: '',
    knows: ['n', 'generationConfig'],
    allowed: ({ generationConfig }) => geminiLimit(generationConfig),
  },
  {
    type: 'vertex',
    model: 'gemini-2.5-pro',
    knows: ['n', 'generationConfig', 'reasoning_effort', 'reasoning'],
    path: '',
    more: { project: 'p', region: 'eu' },
    allowed: ({ generationConfig }) => geminiLimit(generationConfig),
  },
  {
    type: 'vertex',
    model: 'claude-sonnet-4-5',
    knows: ['reasoning_effort', 'reasoning'],
    path: '',
    more: { project: 'p', region: 'eu' },
    allowed: (body) => largest([body.max_tokens]),
  },
  {
    type: 'bedrock',
    model: 'anthropic.claude-sonnet-4-5-20250929-v1:0',
    knows: ['reasoning_effort', 'reasoning'],
    path: '',
    more: { region: 'eu-west-1' },
    allowed: ({ inferenceConfig }) => largest([(inferenceConfig as Body | undefined)?.maxTokens]),
  },
  {
    type: 'cohere',
    model: 'command-a-reasoning-08-2025',
    path: '',
    knows: ['reasoning_effort', 'reasoning'],
    allowed: (body) => largest([body.max_tokens]),
  },
];

/** Takes 0 for no output. */
function anthropicLimit({ max_tokens: limit }: Body): number {
  return limit === 0 ? 0 : largest([limit]);
}

function isChat(path: string): boolean {
  return path.endsWith('/chat/completions');
}

function geminiLimit(config: unknown): number {
  const { maxOutputTokens, max_output_tokens } = (config ?? {}) as Body;
  return largest([maxOutputTokens, max_output_tokens].map((limit) => (typeof limit === 'string' ? Number(limit) : limit)));
}

/** Of what an upstream takes for a limit; infinite if there is none. */
function largest(limits: readonly unknown[]): number {
  const counts = limits.filter((limit) => Number.isSafeInteger(limit) && Number(limit) > 0).map(Number);
  return counts.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...counts);
}

function answersOf({ n, best_of: best, generationConfig }: Body): number {
  const { candidateCount } = (generationConfig ?? {}) as Body;
  return Math.max(1, Number(n ?? 1), Number(best ?? 1), Number(candidateCount ?? 1));
}

interface Seen {
  readonly body: Body;
  readonly path: string;
  /** Output tokens that were held when the request arrived. */
  readonly held: number;
}

interface Subject {
  /** Makes a call under a configuration; what arrived upstream and what was held then, undefined if nothing was sent. */
  call(
    config: Omit<GatewayConfig, 'providers'>,
    operation: Operation,
    params: Params,
    stream?: boolean,
  ): Promise<Seen | undefined>;
}

type Operation = 'chat' | 'responses' | 'completions';

const budget = (onExceed: 'block' | 'clamp' = 'block', usd = 9_000_000) => ({
  name: 'b',
  limit: { usd },
  window: 'month' as const,
  onExceed,
});

/** A gateway to an upstream that refuses every request once it has seen it. Output costs a dollar a million, input nothing. */
async function subject({ type, path = '/v1', more }: Wire, drop: readonly string[] = []): Promise<Subject> {
  let seen: Seen | undefined;
  let gateway: Gateway;
  const server = await upstream(async (exchange) => {
    const [balance] = await gateway.control.budgets();
    seen = { body: bodyOf(exchange), path: exchange.request.path, held: Math.round((balance?.reserved.usd ?? Number.NaN) * 1e6) };
    await exchange.answer(400, { error: { message: 'seen', type: 'invalid_request_error' } });
  });
  const providers = {
    p: { type, apiKey: 'key', baseURL: `${server.origin}${path}`, drop, ...more },
  } as GatewayConfig['providers'];
  gateway = gatewayOf({ providers, models: {} });
  return {
    async call(config, operation, params, stream = false) {
      seen = undefined;
      gateway.control.update({ providers, countTokens: () => 0, ...config });
      await failureOf(calls[operation](gateway, { ...params, stream }));
      return seen;
    },
  };
}

const calls: Readonly<Record<Operation, (gateway: Gateway, params: Params) => Promise<unknown>>> = {
  chat: (gateway, params) => gateway.chat.completions.create({ model: 'm', messages, ...params } as never),
  responses: (gateway, params) => gateway.responses.create({ model: 'm', input: 'hello', ...params } as never),
  completions: (gateway, params) => gateway.completions.create({ model: 'm', prompt: 'hello', ...params } as never),
};

const price = { input: 0, output: 1 };

const count = fc.oneof(fc.constantFrom(1, 200, 1_000, 2_000, 5_000, 60_000));
const noCount = fc.constantFrom<unknown>(null, 0, -1, 1.5, '100', '50000', true, {});
const limit = fc.oneof({ weight: 3, arbitrary: count }, { weight: 1, arbitrary: noCount });
const LIMITS = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'] as const;
const own = fc.record(
  {
    max_tokens: limit,
    max_completion_tokens: limit,
    max_output_tokens: limit,
    n: fc.constantFrom(1, 3),
    reasoning_effort: fc.constantFrom('none', 'low', 'high'),
    reasoning: fc.constantFrom({ effort: 'low' }),
    generationConfig: fc.record({ maxOutputTokens: limit, candidateCount: fc.constantFrom(1, 4) }, { requiredKeys: [] }),
    n_predict: fc.constantFrom(-1, 70_000, 3),
  },
  { requiredKeys: [] },
);
/** Of the fields that a wire knows, and of limits in chat's words. */
const known = ({ knows }: Wire): fc.Arbitrary<Params> =>
  own.map((params) => {
    const names = Object.keys(params).filter((name) => knows === undefined || knows.includes(name) || name.startsWith('max_'));
    return Object.fromEntries(names.map((name) => [name, params[name as keyof typeof params]]));
  });
const rarely = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });

describe('no request goes out that allows more output than is held', () => {
  it.each(WIRES.map((wire) => [`${wire.type}/${wire.model}`, wire] as const))('to %s', { timeout: 60_000 }, async (_, wire) => {
    const subjects = new Map<string, Subject>();
    let sent = 0;
    const drops = fc.subarray([...LIMITS, 'n', 'reasoning_effort', 'generationConfig', 'n_predict', 'reasoning']);
    const property = fc.asyncProperty(
      fc.constantFrom<Operation>('chat', 'responses', 'completions'),
      known(wire),
      rarely(known(wire)),
      rarely(known(wire)),
      fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: drops }),
      fc.constantFrom(budget(), budget('clamp', 0.003), budget('clamp', 0.000_9)),
      fc.boolean(),
      async (operation, ...[asked, ofDeployment, ofModel, drop, limited, stream]) => {
        const key = drop.join();
        const tested = subjects.get(key) ?? (await subject(wire, drop));
        subjects.set(key, tested);
        const deployments = [{ provider: 'p', model: wire.model, price, params: ofDeployment }];
        const config = { models: { m: { deployments, params: ofModel } }, budgets: [limited] };
        const seen = await tested.call(config, operation, asked, stream);
        if (seen === undefined) return;
        sent += 1;
        const allowed = wire.allowed(seen.body, seen.path) * answersOf(seen.body);
        const bounded =
          Number.isFinite(allowed) || (dropsAll(operation, drop) && seen.held >= 8_192) || seen.body.n_predict === -1;
        expect({ ...seen, allowed, bounded }).toEqual({ ...seen, allowed, bounded: true });
        if (Number.isFinite(allowed)) expect(seen.held, JSON.stringify({ ...seen, allowed })).toBeGreaterThanOrEqual(allowed);
      },
    );
    await fc.assert(property, { numRuns: 150, seed: 7, endOnFailure: false });
    expect(sent).toBeGreaterThan(8);
  });
});

/** Nothing can be sent then; what is held is what the model can give. If chat stands in for Responses, its words count too. */
function dropsAll(operation: Operation, drop: readonly string[]): boolean {
  const ofChat = drop.includes('max_tokens') && drop.includes('max_completion_tokens');
  if (operation === 'chat') return ofChat;
  return operation === 'responses' ? ofChat || drop.includes('max_output_tokens') : drop.includes('max_tokens');
}
