import type { Gateway, GatewayConfig } from 'tollgate';
import { bodyOf, gatewayOf, upstream } from '../../public/harness.ts';
import type { FaultExchange } from '../../support/fault-server.ts';
import { answerAs } from './answers.ts';
import { wrongWith } from './demands.ts';
import { strung, takenOver } from './take-over.ts';
import type { Json, RandomConversation, SaidTurn, Step } from './turns.ts';

/** Name of the provider, its type and model, whose signatures its answers have, settings. */
export const MAKERS = [
  ['openai', 'openai', 'gpt-4o', '', {}],
  ['azure', 'azure', 'gpt-4o', '', {}],
  ['claude', 'anthropic', 'claude-sonnet-4-5', 'claude', {}],
  ['opus', 'anthropic', 'claude-opus-4-6', 'claude', {}],
  ['seek', 'anthropic', 'deepseek-v4-pro', '', {}],
  ['google', 'google', 'gemini-3-pro-preview', 'gemini', {}],
  ['flash', 'google', 'gemini-2.5-flash', 'gemini', {}],
  ['vertex', 'vertex', 'gemini-3-flash-preview', 'gemini', { project: 'p', region: 'us-central1' }],
  ['bedrock', 'bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'claude', { region: 'us-east-1' }],
  ['nova', 'bedrock', 'us.amazon.nova-pro-v1:0', '', { region: 'us-east-1' }],
  ['oss', 'bedrock', 'openai.gpt-oss-120b-1:0', '', { region: 'us-east-1' }],
  ['cohere', 'cohere', 'command-a-plus-05-2026', '', {}],
  ['mistral', 'mistral', 'mistral-large-latest', '', {}],
  ['deepseek', 'deepseek', 'deepseek-v4-pro', '', {}],
  ['moonshot', 'moonshot', 'kimi-k2.6', '', {}],
  ['openrouter', 'openrouter', 'anthropic/claude-sonnet-4.5', 'claude', {}],
  ['vercel', 'vercel', 'anthropic/claude-opus-4.1', 'claude', {}],
  ['groq', 'groq', 'qwen/qwen3-32b', '', {}],
  ['gemini', 'google-openai', 'gemini-3-flash-preview', 'gemini', {}],
] as const;
const NATIVE = new Set(['anthropic', 'google', 'vertex', 'bedrock', 'cohere']);

const tool = (name: string) => ({ type: 'function', function: { name, parameters: { type: 'object', properties: {} } } });
const tools = [tool('look'), tool('ask')];

export interface Stage {
  readonly gateway: Gateway;
  /** The request that the last call sent. */
  sent: { path: string; body: Json } | undefined;
  next: { said: SaidTurn; sign: string };
}

export async function stageOf(remembers: boolean): Promise<Stage> {
  const server = await upstream(async (exchange: FaultExchange) => {
    const body = bodyOf(exchange);
    stage.sent = { path: exchange.request.path, body };
    await answerAs(exchange, stage.next.said, body, stage.next.sign);
  });
  const providers = Object.fromEntries(
    MAKERS.map(([name, type, , , settings]) => {
      const baseURL = NATIVE.has(type) ? server.origin : `${server.origin}/${name}/v1`;
      return [name, { type, apiKey: 'test-key-0123456789', baseURL, ...settings }];
    }),
  );
  const config = { providers, retry: { maxAttempts: 1 }, ...(!remembers && { turnMemory: false }) };
  const gateway = gatewayOf(config as unknown as GatewayConfig);
  const nothing = { thoughts: undefined, redacted: false, text: 'ok', refusal: undefined, calls: [] };
  const stage: Stage = { gateway, sent: undefined, next: { said: nothing, sign: '' } };
  return stage;
}

type Outcome = { readonly message: Json } | { readonly error: Json };

async function ask({ gateway }: Stage, step: Step, messages: readonly Json[], thinks: boolean): Promise<Outcome> {
  const [name, , model] = MAKERS[step.wire] ?? MAKERS[0];
  const params = {
    ...{ model: `${name}/${model}`, messages, tools, max_completion_tokens: 8_000 },
    ...(thinks && { reasoning_effort: 'medium' }),
  } as never;
  const chat = gateway.chat.completions;
  try {
    if (step.stream === 'joined') return { message: (await chat.stream(params).finalMessage()) as unknown as Json };
    if (step.stream === 'whole') {
      const answer = (await chat.create(params)) as unknown as { choices: { message: Json }[] };
      return { message: answer.choices[0]?.message ?? {} };
    }
    const chunks: { choices: { delta: unknown }[] }[] = [];
    const stream = (await chat.create({ ...(params as object), stream: true } as never)) as unknown as AsyncIterable<never>;
    for await (const chunk of stream) chunks.push(chunk);
    return { message: strung(chunks) };
  } catch (error) {
    return { error: error as Json };
  }
}

/** Leads a conversation to its end, or to a refusal; what went wrong on the way. */
export async function lead(stage: Stage, { steps, thinks }: RandomConversation): Promise<string[]> {
  const messages: Json[] = [{ role: 'user', content: 'user-9' }];
  const marks = ['user-9'];
  let hasImage = false;
  for (const [number, step] of steps.entries()) {
    const [name, , , sign] = MAKERS[step.wire] ?? MAKERS[0];
    stage.next = { said: step.said, sign };
    stage.sent = undefined;
    const outcome = await ask(
      stage,
      step,
      messages,
      thinks && name !== 'mistral' && name !== 'nova' && !/openai|azure/.test(name),
    );
    const { sent } = stage as Stage;
    if ('error' in outcome) {
      const { status, code, param, message } = outcome.error;
      const isPassedOver = sent === undefined && status === 400 && code === 'unsupported_operation' && hasImage;
      return isPassedOver ? [] : [`${name}: ${String(status)} ${String(code)} ${String(param)} ${String(message)}`];
    }
    if (sent === undefined) return [`${name}: nothing was sent`];
    const written = JSON.stringify(sent.body);
    const lost = marks.filter((mark) => !written.includes(mark));
    const wrong = [...wrongWith(sent.path, sent.body), ...(lost.length > 0 ? [`lost ${lost.join()}`] : [])];
    if (wrong.length > 0) return wrong.map((what) => `${name}: ${what}`);
    const taken = takenOver(outcome.message, step.client, step.going, number);
    messages.push(...structuredClone(taken.messages));
    marks.push(...taken.marks);
    hasImage ||= taken.hasImage;
  }
  return [];
}
