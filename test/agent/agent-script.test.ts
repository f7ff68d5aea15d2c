import type { LLMock } from '@copilotkit/aimock';
import { Gateway } from 'tollgate';
import { Agent, type Dispatcher } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Exchange, readExchange } from '../support/fixtures.ts';
import { ReplayServer } from '../support/replay-server.ts';
import { startMock } from './mock.ts';
import { runAgent } from './script.ts';

interface NativeWire {
  readonly name: string;
  readonly model: string;
  config(mockUrl: string): Record<string, unknown>;
  /** The recorded answer of the step with reasoning, if the mock's is not the wire's. */
  readonly thinking?: () => Exchange;
  readonly signsReasoning?: true;
}

const KEY = { apiKey: 'agent-key-0123456789' };

const WIRES: readonly NativeWire[] = [
  { name: 'openai', model: 'gpt-5-mini', config: (url) => ({ ...KEY, type: 'openai', baseURL: `${url}/v1` }) },
  {
    name: 'azure',
    model: 'gpt-5-mini',
    config: (url) => ({ ...KEY, type: 'azure', baseURL: url, apiVersion: '2024-10-21' }),
  },
  {
    name: 'anthropic',
    model: 'claude-sonnet-4-5',
    config: (url) => ({ ...KEY, type: 'anthropic', baseURL: url }),
    signsReasoning: true,
  },
  { name: 'google', model: 'gemini-2.5-flash', config: (url) => ({ ...KEY, type: 'google', baseURL: url }) },
  {
    name: 'vertex',
    model: 'gemini-2.5-flash',
    config: (url) => ({ ...KEY, type: 'vertex', baseURL: url, project: 'trips', region: 'us-central1' }),
  },
  {
    // The mock's reasoning has no signature, without which Claude's thinking cannot come back.
    name: 'bedrock',
    model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    config: (url) => ({ ...KEY, type: 'bedrock', baseURL: url, region: 'us-east-1' }),
    thinking: () => readExchange('bedrock/converse-stream.amazon-bedrock-reasoning.0.65c9f7.json'),
    signsReasoning: true,
  },
  {
    // The mock gives reasoning as text; the recorded answer has items of type `thinking`.
    name: 'cohere',
    model: 'command-a-plus-05-2026',
    config: (url) => ({ ...KEY, type: 'cohere', baseURL: url }),
    thinking: () =>
      streamed(readExchange('cohere/chat.with-extended-thinking-cohere-command-a-reasoning-08-2025-preserves-th.0.3e1383.json')),
  },
];

let mock: LLMock;
const server = new ReplayServer();
const agent = new Agent();
const bodies: string[] = [];

beforeAll(async () => {
  mock = await startMock();
  await server.listen();
});

afterAll(async () => {
  await agent.close();
  await server.close();
  await mock.stop();
});

describe('the same ten steps of an agent', () => {
  it.each(WIRES)('run on $name', async ({ name, model, config, thinking, signsReasoning = false }) => {
    const thinker = thinking && server.add(thinking());
    const providers = { [name]: config(mock.url), ...(thinker && { thinker: config(thinker.root) }) };
    const gateway = new Gateway({ providers, dispatcher: agent.compose(recordBodies) } as never);
    const outcomes: string[] = [];
    gateway.on('request.end', ({ outcome }) => outcomes.push(outcome));
    const history = await runAgent({
      gateway,
      model: `${name}/${model}`,
      thinkingModel: `${thinker ? 'thinker' : name}/${model}`,
      signsReasoning,
      lastBody: () => bodies.at(-1) ?? '',
    });
    expect(outcomes).toEqual(Array(10).fill('success'));
    expect(history.filter(({ role }) => role === 'assistant')).toHaveLength(10);
    await gateway.close({ deadlineMs: 0 });
  });
});

/** Keeps what leaves the process. */
function recordBodies(dispatch: Dispatcher.Dispatch): Dispatcher.Dispatch {
  return (options, handler) => {
    if (options.body) bodies.push(Buffer.from(options.body as Uint8Array).toString('utf8'));
    return dispatch(options, handler);
  };
}

/** A recorded whole answer of Cohere's as the events that its API streams the same answer in. */
function streamed(exchange: Exchange): Exchange {
  const { id, message, finish_reason, usage } = exchange.response.body as {
    id: string;
    message: { content: Record<string, string>[] };
    finish_reason: string;
    usage: unknown;
  };
  const events = [
    {
      id,
      type: 'message-start',
      delta: { message: { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] } },
    },
    ...message.content.flatMap((item, index) => [
      { type: 'content-start', index, delta: { message: { content: { ...item, [String(item.type)]: '' } } } },
      ...pieces(String(item[String(item.type)])).map((piece) => ({
        type: 'content-delta',
        index,
        delta: { message: { content: { [String(item.type)]: piece } } },
      })),
      { type: 'content-end', index },
    ]),
    { type: 'message-end', delta: { finish_reason, usage } },
  ];
  const sse = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  return { ...exchange, stream: true, response: { status: 200, headers: { 'content-type': 'text/event-stream' }, sse } };
}

function pieces(text: string): string[] {
  return text.match(/.{1,12}/gs) ?? [];
}
