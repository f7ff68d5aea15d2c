import type { EventMap, Gateway, GatewayConfig } from 'tollgate';
import { bodyOf, gatewayOf, upstream } from '../public/harness.ts';
import { completion } from '../support/chat-upstream.ts';
import type { FaultExchange, FaultServer } from '../support/fault-server.ts';

/** One wire as a test speaks it: how a provider of it is configured, and a model of it that does what most can. */
export interface TestWire {
  readonly type: string;
  readonly model: string;
  readonly settings: Record<string, unknown>;
  /** A wire of its own, which reads what it sends; OpenAI's passes every form on. */
  readonly native: boolean;
}

const wire = (type: string, model: string, native: boolean, settings: Record<string, unknown> = {}): TestWire => ({
  type,
  model,
  native,
  settings: { type, apiKey: 'test-key-0123456789', ...settings },
});

export const WIRES: readonly TestWire[] = [
  wire('openai', 'gpt-4o', false),
  wire('mistral', 'mistral-large-latest', false),
  wire('deepseek', 'deepseek-chat', false),
  wire('perplexity', 'sonar-pro', false),
  wire('openai-compatible', 'any-model', false),
  wire('anthropic', 'claude-sonnet-4-5', true),
  wire('google', 'gemini-3-flash-preview', true),
  wire('vertex', 'gemini-2.5-flash', true, { project: 'p', region: 'us-central1' }),
  wire('bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', true, { region: 'us-east-1' }),
  wire('cohere', 'command-a-plus-05-2026', true),
];

export const NATIVE_WIRES = WIRES.filter(({ native }) => native);

/** A whole answer in the form of whichever wire asks: 10 tokens in, 5 out. */
export function answerInKind(exchange: FaultExchange): Promise<void> {
  const { path } = exchange.request;
  if (path.endsWith('/v1/messages') || path.includes(':rawPredict')) {
    return exchange.answer(200, {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude',
      content: [{ type: 'text', text: 'ok' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 10, output_tokens: 5 },
    });
  }
  if (path.includes(':generateContent')) {
    return exchange.answer(200, {
      responseId: 'r1',
      candidates: [{ content: { role: 'model', parts: [{ text: 'ok' }] }, finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
    });
  }
  if (path.includes('/converse')) {
    return exchange.answer(200, {
      output: { message: { role: 'assistant', content: [{ text: 'ok' }] } },
      stopReason: 'end_turn',
      usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 },
    });
  }
  if (path.endsWith('/v2/chat')) {
    return exchange.answer(200, {
      id: 'c1',
      message: { role: 'assistant', content: [{ type: 'text', text: 'ok' }] },
      finish_reason: 'COMPLETE',
      usage: { tokens: { input_tokens: 10, output_tokens: 5 } },
    });
  }
  if (path.endsWith('/responses')) {
    return exchange.answer(200, {
      id: 'resp_1',
      object: 'response',
      created_at: 1,
      model: 'm',
      status: 'completed',
      output: [],
      usage: { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
    });
  }
  return exchange.answer(200, completion('ok'));
}

export interface Stage {
  readonly gateway: Gateway;
  readonly server: FaultServer;
  /** Bodies that reached the upstream. */
  sent(): Record<string, unknown>[];
  readonly attempts: EventMap['attempt.end'][];
  readonly cooldowns: EventMap['cooldown.start'][];
}

/** A gateway with every wire as a provider named by its type, at one loopback upstream; its model is `on <type>`, and has a price. */
export async function stageOf(
  config: Partial<GatewayConfig> = {},
  settings: Record<string, unknown> = {},
  script: (exchange: FaultExchange) => unknown = answerInKind,
): Promise<Stage> {
  const server = await upstream(script);
  const providers = Object.fromEntries(
    WIRES.map(({ type, settings: own }) => [type, { ...own, baseURL: server.origin, ...settings }]),
  );
  const prices = Object.fromEntries(WIRES.map(({ type, model }) => [`${type}/${model}`, { input: 1, output: 2 }]));
  const models = Object.fromEntries(WIRES.map(({ type, model }) => [`on ${type}`, [`${type}/${model}`]]));
  const gateway = gatewayOf({ providers, models, prices, ...config } as GatewayConfig);
  const attempts: EventMap['attempt.end'][] = [];
  const cooldowns: EventMap['cooldown.start'][] = [];
  gateway.on('attempt.end', (event) => attempts.push(event));
  gateway.on('cooldown.start', (event) => cooldowns.push(event));
  return {
    gateway,
    server,
    sent: () => server.requests.map((request) => bodyOf({ request })),
    attempts,
    cooldowns,
  };
}

/** What a call ends in, without the types that malformed params would not pass. */
export async function outcomeOf(
  gateway: Gateway,
  params: Record<string, unknown>,
  operation: 'chat' | 'responses' | 'embeddings' = 'chat',
): Promise<{ ok: true; body: unknown } | { ok: false; error: Record<string, unknown> & Error }> {
  try {
    const body =
      operation === 'chat'
        ? await gateway.chat.completions.create(params as never)
        : operation === 'responses'
          ? await gateway.responses.create(params as never)
          : await gateway.embeddings.create(params as never);
    return { ok: true, body };
  } catch (error) {
    return { ok: false, error: error as Record<string, unknown> & Error };
  }
}
