import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { onTestFinished } from 'vitest';
import { Cancellation } from '../../../src/core/cancellation.ts';
import type { ChatChunk, ChatCompletion, ReasoningDetail, ToolCall } from '../../../src/core/chat.ts';
import type { ItemSource } from '../../../src/core/item-source.ts';
import { Secret } from '../../../src/core/secret.ts';
import { DEFAULT_TIMEOUTS } from '../../../src/core/timeouts.ts';
import type { ServerSentEvent } from '../../../src/core/transport.ts';
import { anthropicProvider, anthropicWire } from '../../../src/providers/anthropic/provider.ts';
import type { MessagesRequest } from '../../../src/providers/anthropic/wire-types.ts';
import { droppableNames, withoutDropped } from '../../../src/providers/drop.ts';
import type { AttemptContext, Provider, UpstreamRequest } from '../../../src/providers/provider.ts';
import type { Account, WireExchange, WireRequest } from '../../../src/providers/wire.ts';
import { createTransport } from '../../../src/transport/create-transport.ts';
import { type FaultExchange, type FaultServer, startFaultServer } from '../../support/fault-server.ts';
import { TestClock } from '../../support/test-clock.ts';

export const wire = anthropicWire({ hosting: 'anthropic' });

export function account(more: Partial<Account> = {}): Account {
  return {
    name: 'anthropic',
    origin: 'https://api.anthropic.com',
    basePath: '',
    headers: {},
    drop: new Set(),
    organization: undefined,
    project: undefined,
    region: undefined,
    apiVersion: undefined,
    ...more,
  };
}

export const context: AttemptContext = {
  requestId: 'req_test',
  cancellation: new Cancellation(),
  timeouts: DEFAULT_TIMEOUTS,
  clock: new TestClock(),
  credential: { id: 'anthropic#0', token: () => new Secret('sk-ant-test') },
  capabilities: {},
};

export interface Ask {
  model?: string;
  stream?: boolean;
  headers?: Record<string, string>;
  [param: string]: unknown;
}

/** A chat request; `model` is the upstream's. Without messages it has one of the user. */
export function upstream({ model = 'claude-sonnet-4-5', stream = false, headers, ...params }: Ask): UpstreamRequest {
  const messages = [{ role: 'user', content: 'Hi' }];
  return { operation: 'chat', upstreamModel: model, params: { model: 'smart', messages, ...params }, stream, headers };
}

export function wireRequest(ask: Ask, more: Partial<Account> = {}): WireRequest {
  const request = withoutDropped(upstream(ask), droppableNames(more.drop ?? new Set()), context.capabilities, wire);
  return wire.toRequest(request, account(more), context);
}

export function bodyOf(ask: Ask, more: Partial<Account> = {}): MessagesRequest {
  return wireRequest(ask, more).body as MessagesRequest;
}

export function unsupported(ask: Ask): readonly string[] {
  return wire.unsupported(upstream(ask));
}

export function exchangeOf(ask: Ask = {}): WireExchange {
  return { request: upstream(ask), requestId: 'req_test', status: 200, headers: {}, createdSeconds: 1_700_000_000 };
}

/** Events that are there at once. */
export function eventSource(events: readonly unknown[]): ItemSource<ServerSentEvent> & { cancelled: boolean } {
  let position = 0;
  return {
    cancelled: false,
    next() {
      const event = events[position++] as { type?: string } | string | undefined;
      if (event === undefined) return undefined;
      if (typeof event === 'string') return { event: 'message', data: event };
      return { event: event.type ?? 'message', data: JSON.stringify(event) };
    },
    cancel() {
      this.cancelled = true;
    },
  };
}

export async function collect(source: ItemSource<unknown>): Promise<ChatChunk[]> {
  const chunks: ChatChunk[] = [];
  for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) chunks.push(chunk as ChatChunk);
  return chunks;
}

/** The chunks that these native events become. */
export function streamOf(events: readonly unknown[], ask: Ask = {}): Promise<ChatChunk[]> {
  return collect(wire.fromStream(eventSource(events), exchangeOf({ ...ask, stream: true })));
}

export interface Accumulated {
  content: string;
  reasoning: string;
  refusal: string;
  details: ReasoningDetail[];
  toolCalls: ToolCall[];
  annotations: unknown[];
  finishReason: string | null;
  usage: unknown;
}

/** A stream's chunks put together as a client would. */
export function accumulate(chunks: readonly ChatChunk[]): Accumulated {
  const whole: Accumulated = {
    content: '',
    reasoning: '',
    refusal: '',
    details: [],
    toolCalls: [],
    annotations: [],
    finishReason: null,
    usage: undefined,
  };
  for (const { choices, usage } of chunks) {
    whole.usage = usage ?? whole.usage;
    for (const { delta, finish_reason } of choices) {
      whole.content += delta.content ?? '';
      whole.reasoning += delta.reasoning_content ?? '';
      whole.refusal += delta.refusal ?? '';
      whole.details.push(...(delta.reasoning_details ?? []));
      whole.annotations.push(...(delta.annotations ?? []));
      whole.finishReason = finish_reason ?? whole.finishReason;
      for (const call of delta.tool_calls ?? []) {
        const known = whole.toolCalls[call.index];
        if (known) known.function.arguments += call.function?.arguments ?? '';
        else
          whole.toolCalls[call.index] = {
            id: '',
            type: 'function',
            ...call,
            function: { name: '', arguments: '', ...call.function },
          };
      }
    }
  }
  return whole;
}

const schemas = new Ajv2020({ strict: false, validateFormats: false });
const openAi = [
  new URL('../../../../shared/openai-schemas/openai.schema.json', import.meta.url),
  new URL('../../fixtures/openai-schemas/openai.schema.json', import.meta.url),
];
for (const url of openAi) {
  try {
    schemas.addSchema(JSON.parse(readFileSync(url, 'utf8')));
    break;
  } catch (error) {
    if (url === openAi.at(-1)) throw error;
  }
}

/** What OpenAI's schema has against a value; empty if it is valid. */
export function schemaErrors(
  name: 'CreateChatCompletionResponse' | 'CreateChatCompletionStreamResponse',
  value: unknown,
): unknown[] {
  const validate = schemas.getSchema(`openai.schema.json#/$defs/${name}`);
  if (!validate) throw new Error(`no schema ${name}`);
  validate(value);
  return validate.errors ?? [];
}

export interface Served {
  provider: Provider;
  server: FaultServer;
}

/** The provider over the real transport against a server of one's own; both are closed when the test ends. */
export async function serve(script: (exchange: FaultExchange) => void | Promise<void>): Promise<Served> {
  const server = await startFaultServer(script);
  const transport = createTransport({ proxy: undefined });
  onTestFinished(async () => {
    await transport.close(true);
    await server.close();
  });
  const provider = anthropicProvider({ account: account({ origin: server.origin }), transport, clock: new TestClock() });
  return { provider, server };
}

export async function whole(provider: Provider, ask: Ask): Promise<ChatCompletion> {
  const reply = await provider.send(upstream(ask), context);
  if (reply.kind !== 'object') throw new Error(`a ${reply.kind} came`);
  return reply.body as ChatCompletion;
}

export async function streamed(provider: Provider, ask: Ask): Promise<ChatChunk[]> {
  const reply = await provider.send(upstream({ ...ask, stream: true }), context);
  if (reply.kind !== 'stream') throw new Error(`a ${reply.kind} came`);
  return collect(reply.items);
}
