import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Cancellation } from '../../../src/core/cancellation.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { ItemSource } from '../../../src/core/item-source.ts';
import type { Operation } from '../../../src/core/operation.ts';
import type { Params } from '../../../src/core/params.ts';
import { Secret } from '../../../src/core/secret.ts';
import { DEFAULT_TIMEOUTS } from '../../../src/core/timeouts.ts';
import { createOpenAiWireProvider, vendors } from '../../../src/providers/open-ai-wire-provider.ts';
import type { AttemptContext, Provider, UpstreamReply, UpstreamRequest } from '../../../src/providers/provider.ts';
import type { Account } from '../../../src/providers/wire.ts';
import { createTransport } from '../../../src/transport/create-transport.ts';

/** What an upstream on loopback answers, and what it was asked. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  /** Written one after the other. */
  pieces: readonly (string | Uint8Array)[];
}
export interface Received {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/** A server on loopback that gives one answer after another and keeps what it received. */
export class Upstream {
  readonly received: Received[] = [];
  readonly #answers: Answer[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { method = '', url: path = '', headers } = request;
      this.received.push({ method, path, headers, body: Buffer.concat(chunks) });
      const answer = this.#answers.shift() ?? { status: 599, headers: {}, pieces: ['no answer left'] };
      response.writeHead(answer.status, answer.headers);
      for (const piece of answer.pieces) response.write(piece);
      response.end();
    });
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  answer(answer: Partial<Answer>): void {
    this.#answers.push({ status: 200, headers: { 'content-type': 'application/json' }, pieces: [], ...answer });
  }

  answerJson(body: unknown, status = 200, headers: Record<string, string> = {}): void {
    this.answer({ status, headers: { 'content-type': 'application/json', ...headers }, pieces: [JSON.stringify(body)] });
  }

  answerEvents(...pieces: (string | Uint8Array)[]): void {
    this.answer({ headers: { 'content-type': 'text/event-stream' }, pieces });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

export const transport = createTransport({ proxy: undefined });

/** A provider of the vendor at an address on loopback. */
export function providerAt(origin: string, type: string, account: Partial<Account> = {}): Provider {
  const vendor = vendors.get(type);
  if (vendor === undefined) throw new Error(`no vendor ${type}`);
  return createOpenAiWireProvider(vendor, { account: accountAt(origin, account), transport, clock: systemClock });
}

export function accountAt(origin: string, account: Partial<Account> = {}): Account {
  return {
    name: 'test',
    origin,
    basePath: '',
    headers: {},
    drop: new Set(),
    organization: undefined,
    project: undefined,
    region: undefined,
    apiVersion: undefined,
    ...account,
  };
}

export function requestOf(operation: Operation, params: Params, rest: Partial<UpstreamRequest> = {}): UpstreamRequest {
  return { operation, upstreamModel: 'upstream-model', params, stream: false, ...rest };
}

export function contextOf(key?: string): AttemptContext {
  return {
    requestId: 'req-1',
    cancellation: new Cancellation(),
    timeouts: DEFAULT_TIMEOUTS,
    clock: systemClock,
    credential: key === undefined ? undefined : { id: 'test#1', token: () => new Secret(key) },
    capabilities: {},
  };
}

export async function collect<T>(items: ItemSource<T>): Promise<T[]> {
  const all: T[] = [];
  for (;;) {
    const item = await items.next();
    if (item === undefined) return all;
    all.push(item);
  }
}

/** The object of a whole reply, or the items of a stream. */
export async function bodyOf(reply: UpstreamReply): Promise<unknown> {
  if (reply.kind === 'object') return reply.body;
  return reply.kind === 'bytes' ? reply.bytes : collect<unknown>(reply.items);
}
