import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { expect, onTestFinished } from 'vitest';
import { Cancellation } from '../../../src/core/cancellation.ts';
import type { ChatChunk, ChatCompletion } from '../../../src/core/chat.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { Params } from '../../../src/core/params.ts';
import { Secret } from '../../../src/core/secret.ts';
import { DEFAULT_TIMEOUTS } from '../../../src/core/timeouts.ts';
import { googleProvider } from '../../../src/providers/google/provider.ts';
import { vertexProvider } from '../../../src/providers/google/vertex-provider.ts';
import type { AttemptContext, Provider, UpstreamReply, UpstreamRequest } from '../../../src/providers/provider.ts';
import type { Account } from '../../../src/providers/wire.ts';
import { createTransport } from '../../../src/transport/create-transport.ts';
import { type FaultExchange, type FaultServer, startFaultServer } from '../../support/fault-server.ts';
import { type Exchange, fixturesDirectory, responseBytes } from '../../support/fixtures.ts';

export type Kind = 'google' | 'vertex';

export interface Upstream {
  readonly server: FaultServer;
  readonly provider: Provider;
  send(request: Partial<UpstreamRequest> & { params: Params }): Promise<UpstreamReply>;
  /** Body of the last request that arrived. */
  sent(): Record<string, unknown>;
}

/** A provider before a loopback server that answers by `script`. */
export async function upstream(
  kind: Kind,
  script: (exchange: FaultExchange) => void | Promise<void>,
  more: Partial<Account> = {},
): Promise<Upstream> {
  const server = await startFaultServer(script);
  const transport = createTransport({ proxy: undefined });
  onTestFinished(async () => {
    await transport.close(true);
    await server.close();
  });
  const account: Account = { ...ACCOUNT, origin: server.origin, ...more };
  const parts = { account, transport, clock: systemClock };
  const provider = kind === 'google' ? googleProvider(parts) : vertexProvider(parts);
  return {
    server,
    provider,
    send: (request) =>
      provider.send({ operation: 'chat', upstreamModel: 'gemini-2.5-flash', stream: false, ...request }, context()),
    sent: () => JSON.parse(server.requests.at(-1)?.body.toString('utf8') ?? 'null'),
  };
}

/** Answers with a recording, an event stream cut at `cuts`. */
export function replaying(exchange: Exchange, cuts: readonly number[] = []) {
  return async ({ head, chunk, lastChunk, answer }: FaultExchange) => {
    const bytes = responseBytes(exchange);
    if (!exchange.stream) return answer(exchange.response.status, bytes, { 'content-type': 'application/json; charset=UTF-8' });
    await head(200, { 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked' });
    let start = 0;
    for (const end of [...cuts, bytes.length]) {
      if (end > start) await chunk(bytes.subarray(start, end));
      start = Math.max(start, end);
    }
    return lastChunk();
  };
}

export const ACCOUNT: Account = {
  name: 'test',
  origin: 'http://127.0.0.1',
  basePath: '',
  headers: {},
  drop: new Set(),
  organization: undefined,
  project: 'test-project',
  region: 'us-east5',
  apiVersion: undefined,
};

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

export function completionOf(reply: UpstreamReply): ChatCompletion {
  expect(reply.kind).toBe('object');
  return (reply as { body: ChatCompletion }).body;
}

export async function chunksOf(reply: UpstreamReply): Promise<ChatChunk[]> {
  expect(reply.kind).toBe('stream');
  if (reply.kind !== 'stream') throw new Error('not a stream');
  const chunks: ChatChunk[] = [];
  for (let item = await reply.items.next(); item !== undefined; item = await reply.items.next()) chunks.push(item as ChatChunk);
  return chunks;
}

/** A stream's chunks as the message they add up to. */
export function joined(chunks: readonly ChatChunk[]) {
  const calls = new Map<number, { id: string | undefined; name: string; arguments: string; signature: string | undefined }>();
  let content = '';
  let reasoning = '';
  for (const chunk of chunks) {
    const delta = chunk.choices[0]?.delta;
    content += delta?.content ?? '';
    reasoning += delta?.reasoning_content ?? '';
    for (const call of delta?.tool_calls ?? []) {
      const known = calls.get(call.index) ?? { id: undefined, name: '', arguments: '', signature: undefined };
      calls.set(call.index, {
        id: known.id ?? call.id,
        name: known.name + (call.function?.name ?? ''),
        arguments: known.arguments + (call.function?.arguments ?? ''),
        signature: known.signature ?? call.extra_content?.google?.thought_signature,
      });
    }
  }
  const finishes = chunks.flatMap((chunk) => chunk.choices).filter((choice) => choice.finish_reason !== null);
  const details = chunks.flatMap((chunk) => chunk.choices[0]?.delta.reasoning_details ?? []);
  return { content, reasoning, calls: [...calls.values()], finishes, details, usage: chunks.at(-1)?.usage };
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
