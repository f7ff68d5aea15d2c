import { OpenAI } from 'openai';
import { onTestFinished } from 'vitest';
import { Cancellation } from '../../src/core/cancellation.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Failure } from '../../src/core/failure.ts';
import type { ItemSource } from '../../src/core/item-source.ts';
import { Secret } from '../../src/core/secret.ts';
import { DEFAULT_TIMEOUTS } from '../../src/core/timeouts.ts';
import { reportedFromOpenAi, type Usage } from '../../src/core/usage.ts';
import { anthropicProvider } from '../../src/providers/anthropic/provider.ts';
import { bedrockProvider } from '../../src/providers/bedrock/provider.ts';
import { cohereProvider } from '../../src/providers/cohere/provider.ts';
import { googleProvider } from '../../src/providers/google/provider.ts';
import { vertexProvider } from '../../src/providers/google/vertex-provider.ts';
import { createOpenAiWireProvider, vendors } from '../../src/providers/open-ai-wire-provider.ts';
import { openaiClientProvider } from '../../src/providers/openai-client.ts';
import type { AttemptContext, Provider, UpstreamReply, UpstreamRequest } from '../../src/providers/provider.ts';
import type { Vendor } from '../../src/providers/vendor.ts';
import type { ProviderParts } from '../../src/providers/wire-provider.ts';
import { createTransport } from '../../src/transport/create-transport.ts';
import { frame } from '../support/event-frames.ts';
import { type FaultExchange, startFaultServer } from '../support/fault-server.ts';

export type Script = (exchange: FaultExchange) => unknown;

/** `client`: through an `OpenAI` client of the user's; any other name that is no native wire: a vendor of OpenAI's wire. */
export async function providerBefore(wire: string, script: Script): Promise<Provider> {
  const server = await startFaultServer(async (exchange) => void (await script(exchange)));
  const transport = createTransport({ proxy: undefined });
  onTestFinished(async () => {
    await transport.close(true);
    await server.close();
  });
  if (wire === 'client') {
    const client = new OpenAI({ apiKey: 'own-key', baseURL: server.origin });
    return openaiClientProvider('client', vendors.get('openai') as Vendor, client);
  }
  const account = { ...ACCOUNT, origin: server.origin };
  return (NATIVE.get(wire) ?? vendorOf(wire))({ account, transport, clock: systemClock });
}

const NATIVE: ReadonlyMap<string, (parts: ProviderParts) => Provider> = new Map<string, (parts: ProviderParts) => Provider>([
  ['anthropic', anthropicProvider],
  ['google', googleProvider],
  ['vertex', (parts) => vertexProvider(parts)],
  ['bedrock', bedrockProvider],
  ['cohere', cohereProvider],
]);

const MODELS: Readonly<Record<string, string>> = {
  anthropic: 'claude-sonnet-4-5',
  google: 'gemini-2.5-flash',
  vertex: 'gemini-2.5-flash',
  bedrock: 'anthropic.claude-sonnet-4-6',
  cohere: 'command-a-03-2025',
};

function vendorOf(type: string): (parts: ProviderParts) => Provider {
  return (parts) => createOpenAiWireProvider(vendors.get(type) as Vendor, parts);
}

const ACCOUNT = {
  name: 'test',
  basePath: '',
  headers: {},
  drop: new Set<string>(),
  organization: undefined,
  project: 'test-project',
  region: 'us-east-1',
  apiVersion: undefined,
};

function context(): AttemptContext {
  return {
    requestId: 'req_1',
    cancellation: new Cancellation(),
    timeouts: DEFAULT_TIMEOUTS,
    clock: systemClock,
    credential: { id: 'test#0', token: () => new Secret('key-0123456789') },
    capabilities: {},
  };
}

export function send(provider: Provider, wire: string, more: Partial<UpstreamRequest> = {}): Promise<UpstreamReply> {
  const params = { model: 'm', messages: [{ role: 'user', content: 'hello' }], input: 'hello', prompt: 'hello' };
  const request = { operation: 'chat', upstreamModel: MODELS[wire] ?? 'model', stream: false, ...more } as const;
  return provider.send({ ...request, params: { ...ownParams(request.operation, params), ...more.params } }, context());
}

function ownParams(operation: UpstreamRequest['operation'], { model, messages, input, prompt }: Record<string, unknown>) {
  if (operation === 'chat') return { model, messages };
  return operation === 'completions' ? { model, prompt } : { model, input };
}

/** Body of a whole answer. */
export async function wholeFrom(wire: string, body: unknown, more: Partial<UpstreamRequest> = {}): Promise<Whole> {
  const provider = await providerBefore(wire, (exchange) => exchange.answer(200, body, JSON_TYPE));
  const reply = await send(provider, wire, more);
  if (reply.kind !== 'object') throw new Error(`came as ${reply.kind}`);
  return reply.body as Whole;
}

export interface Whole {
  readonly service_tier?: string;
  readonly usage?: Record<string, unknown>;
  readonly [field: string]: unknown;
}

const JSON_TYPE = { 'content-type': 'application/json' };

/** What a stream came to: its items, what it had reported after each, and the failure that it ended with. */
export interface Streamed {
  readonly items: readonly Whole[];
  /** After each item. */
  readonly reported: readonly (Usage | undefined)[];
  /** After the end. */
  readonly last: Usage | undefined;
  readonly failure: Failure | undefined;
}

export async function streamFrom(wire: string, script: Script, more: Partial<UpstreamRequest> = {}): Promise<Streamed> {
  const provider = await providerBefore(wire, script);
  const reply = await send(provider, wire, { stream: true, ...more });
  return readAll(provider, reply);
}

export async function readAll(provider: Provider, reply: UpstreamReply): Promise<Streamed> {
  if (reply.kind !== 'stream') throw new Error(`came as ${reply.kind}`);
  const tell = () => reportedFromOpenAi(reply.reported?.());
  const items: Whole[] = [];
  const reported: (Usage | undefined)[] = [];
  let failure: Failure | undefined;
  try {
    for (let item = await next(reply.items); item !== undefined; item = await next(reply.items)) {
      items.push(item);
      reported.push(tell());
    }
  } catch (error) {
    failure = provider.classify(error);
  }
  return { items, reported, last: tell(), failure };
}

async function next(items: ItemSource<unknown>): Promise<Whole | undefined> {
  return (await items.next()) as Whole | undefined;
}

/** A script that streams events of a wire: AWS's frames for Bedrock, server-sent events for the others. */
export function streaming(wire: string, events: readonly unknown[], end: 'end' | 'reset' | 'hang' = 'end'): Script {
  return async (exchange) => {
    const type = wire === 'bedrock' ? 'application/vnd.amazon.eventstream' : 'text/event-stream';
    await exchange.head(200, { 'content-type': type, 'transfer-encoding': 'chunked' });
    for (const event of events) await exchange.chunk(bytesOf(wire, event));
    if (end === 'end') await exchange.lastChunk();
    else if (end === 'reset') exchange.reset();
  };
}

function bytesOf(wire: string, event: unknown): Uint8Array {
  if (wire === 'bedrock') {
    const [type, payload] = Object.entries(event as object)[0] as [string, unknown];
    if (type === 'exception') return frame({ ':message-type': 'exception', ':exception-type': 'throttlingException' }, payload);
    return frame({ ':message-type': 'event', ':event-type': type, ':content-type': 'application/json' }, payload);
  }
  if (event === '[DONE]') return Buffer.from('data: [DONE]\n\n');
  const name = wire === 'anthropic' ? `event: ${(event as { type: string }).type}\n` : '';
  return Buffer.from(`${name}data: ${JSON.stringify(event)}\n\n`);
}
