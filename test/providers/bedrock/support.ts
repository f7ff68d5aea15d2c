import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { expect, onTestFinished } from 'vitest';
import { Cancellation } from '../../../src/core/cancellation.ts';
import type { ChatChunk, ChatCompletion, ChatParams, ReasoningDetail } from '../../../src/core/chat.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { Params } from '../../../src/core/params.ts';
import { Secret } from '../../../src/core/secret.ts';
import { DEFAULT_TIMEOUTS } from '../../../src/core/timeouts.ts';
import type { AwsEvent, ServerSentEvent } from '../../../src/core/transport.ts';
import type { AttemptContext, Provider, UpstreamReply, UpstreamRequest } from '../../../src/providers/provider.ts';
import type { Account, WireExchange } from '../../../src/providers/wire.ts';
import type { ProviderParts } from '../../../src/providers/wire-provider.ts';
import { createTransport } from '../../../src/transport/create-transport.ts';
import { recordedBytes } from '../../support/event-frames.ts';
import { type FaultExchange, type FaultServer, startFaultServer } from '../../support/fault-server.ts';
import { type Exchange, fixturesDirectory } from '../../support/fixtures.ts';

export { recordedBytes } from '../../support/event-frames.ts';

export const ACCOUNT: Account = {
  name: 'test',
  origin: 'http://127.0.0.1',
  basePath: '',
  headers: {},
  drop: new Set(),
  organization: undefined,
  project: undefined,
  region: 'us-east-1',
  apiVersion: undefined,
};

export interface Upstream {
  readonly server: FaultServer;
  readonly provider: Provider;
  send(request: Partial<UpstreamRequest> & { params: Params }): Promise<UpstreamReply>;
  /** Body of the last request that arrived. */
  sent(): Record<string, unknown>;
}

/** A provider before a loopback server that answers by `script`. */
export async function upstream(
  create: (parts: ProviderParts) => Provider,
  script: (exchange: FaultExchange) => void | Promise<void>,
): Promise<Upstream> {
  const server = await startFaultServer(script);
  const transport = createTransport({ proxy: undefined });
  onTestFinished(async () => {
    await transport.close(true);
    await server.close();
  });
  const provider = create({ account: { ...ACCOUNT, origin: server.origin }, transport, clock: systemClock });
  return {
    server,
    provider,
    send: (request) => provider.send({ operation: 'chat', upstreamModel: 'model', stream: false, ...request }, context()),
    sent: () => JSON.parse(server.requests.at(-1)?.body.toString('utf8') ?? 'null'),
  };
}

export function context(): AttemptContext {
  return {
    requestId: 'req_test',
    cancellation: new Cancellation(),
    timeouts: DEFAULT_TIMEOUTS,
    clock: systemClock,
    credential: { id: 'test#0', token: () => new Secret('test-key-0123456789') },
    capabilities: {},
  };
}

/** Answers with a recording, a stream cut at `cuts`. */
export function replaying(exchange: Exchange, cuts: readonly number[] = []) {
  return async ({ head, chunk, lastChunk, answer }: FaultExchange) => {
    const { status, headers } = exchange.response;
    const bytes = recordedBytes(exchange);
    if (!exchange.stream) return answer(status, bytes, headers);
    await head(status, { ...headers, 'transfer-encoding': 'chunked' });
    let start = 0;
    for (const end of [...cuts, bytes.length]) {
      if (end > start) await chunk(bytes.subarray(start, end));
      start = Math.max(start, end);
    }
    return lastChunk();
  };
}

export function awsEvent(type: string, payload: unknown, kind: 'event' | 'exception' | 'error' = 'event'): AwsEvent {
  const headers = new Map([
    [':message-type', kind],
    [kind === 'event' ? ':event-type' : kind === 'exception' ? ':exception-type' : ':error-code', type],
  ]);
  return { headers, payload: Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)) };
}

/** Events from memory; an `Error` among them is thrown. */
export function eventsOf<T extends AwsEvent | ServerSentEvent>(items: readonly (T | Error)[]) {
  let position = 0;
  const source = {
    cancelled: false,
    next(): T | undefined {
      const item = items[position++];
      if (item instanceof Error) throw item;
      return item;
    },
    cancel(): void {
      source.cancelled = true;
    },
  };
  return source;
}

export function exchangeFor(params: Partial<ChatParams>, upstreamModel: string, stream = false): WireExchange {
  return {
    request: { operation: 'chat', upstreamModel, params: { model: 'm', messages: [], ...params } as Params, stream },
    requestId: 'req_test',
    status: 200,
    headers: {},
    createdSeconds: 1_768_478_400,
  };
}

export function completionOf(reply: UpstreamReply): ChatCompletion {
  expect(reply.kind).toBe('object');
  return (reply as { body: ChatCompletion }).body;
}

export async function chunksOf(reply: UpstreamReply): Promise<ChatChunk[]> {
  if (reply.kind !== 'stream') throw new Error('not a stream');
  const chunks: ChatChunk[] = [];
  for (let item = await reply.items.next(); item !== undefined; item = await reply.items.next()) chunks.push(item as ChatChunk);
  return chunks;
}

/** A stream's chunks as the message they add up to. */
export function joined(chunks: readonly ChatChunk[]) {
  const calls = new Map<number, { id: string | undefined; name: string; arguments: string }>();
  const details: ReasoningDetail[] = [];
  let content = '';
  let reasoning = '';
  for (const chunk of chunks) {
    const delta = chunk.choices[0]?.delta;
    content += delta?.content ?? '';
    reasoning += delta?.reasoning_content ?? '';
    details.push(...(delta?.reasoning_details ?? []));
    for (const { index, id, function: called } of delta?.tool_calls ?? []) {
      const known = calls.get(index) ?? { id, name: '', arguments: '' };
      calls.set(index, {
        id: known.id,
        name: known.name + (called?.name ?? ''),
        arguments: known.arguments + (called?.arguments ?? ''),
      });
    }
  }
  const finishes = chunks.flatMap((chunk) => chunk.choices).filter((choice) => choice.finish_reason !== null);
  return { content, reasoning, details, calls: [...calls.values()], finishes, usage: chunks.at(-1)?.usage ?? undefined };
}

const validators = new Map<string, ValidateFunction>();
const ajv = new Ajv2020({ strict: false, validateFormats: false });

/** Asserts that a value meets one of OpenAI's published schemas. */
export function expectSchema(name: string, value: unknown): void {
  if (validators.size === 0) {
    ajv.addSchema(JSON.parse(readFileSync(new URL('../openai-schemas/openai.schema.json', fixturesDirectory), 'utf8')));
  }
  const validate = validators.get(name) ?? ajv.compile({ $ref: `openai.schema.json#/$defs/${name}` });
  validators.set(name, validate);
  validate(value);
  expect(validate.errors ?? []).toEqual([]);
}

/** Ascending positions to cut `length` bytes at, the same for the same seed. */
export function cutsFor(seed: number, length: number, count: number): number[] {
  let state = seed * 2_654_435_761 + 1;
  const cuts = Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % length;
  });
  return cuts.sort((left, right) => left - right);
}
