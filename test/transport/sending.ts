import { expect, onTestFinished } from 'vitest';
import { Cancellation } from '../../src/core/cancellation.ts';
import { systemClock } from '../../src/core/clock.ts';
import { DEFAULT_TIMEOUTS } from '../../src/core/timeouts.ts';
import type { HttpOptions, HttpReply, HttpRequest, ServerSentEvent, Transport } from '../../src/core/transport.ts';
import type { TransportError } from '../../src/core/transport-error.ts';
import { createTransport, type TransportOptions } from '../../src/transport/create-transport.ts';
import { type FaultExchange, type FaultServer, type FaultServerOptions, startFaultServer } from '../support/fault-server.ts';
import { settlePromises, type TestClock } from '../support/test-clock.ts';

type Script = (exchange: FaultExchange) => void | Promise<void>;

/** A fault server that is closed when the test ends. */
export async function serve(script: Script, options?: FaultServerOptions): Promise<FaultServer> {
  const server = await startFaultServer(script, options);
  onTestFinished(() => server.close());
  return server;
}

/** A transport that is closed, busy sockets too, when the test ends. */
export function openTransport(options: Partial<TransportOptions> = {}): Transport {
  const transport = createTransport({ proxy: undefined, ...options });
  onTestFinished(() => transport.close(true));
  return transport;
}

export function post(origin: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'POST', origin, path: '/v1/chat', headers: { authorization: 'Bearer sk-secret-value' }, body: '{}', ...more };
}

export function asking(answer: HttpOptions['answer'], more: Partial<HttpOptions> = {}): HttpOptions {
  return { answer, cancellation: new Cancellation(), timeouts: DEFAULT_TIMEOUTS, clock: systemClock, ...more };
}

/** The events of a reply that must be a stream of server-sent events. */
export function eventsOf(reply: HttpReply) {
  expect(reply.kind).toBe('server-sent-events');
  if (reply.kind !== 'server-sent-events') throw new Error('not a stream');
  return reply.events;
}

/** What a stream gives until it ends or fails. */
export async function drain(reply: HttpReply): Promise<{ data: string[]; error: unknown }> {
  const events = eventsOf(reply);
  const data: string[] = [];
  try {
    for (let event: ServerSentEvent | undefined = await events.next(); event; event = await events.next()) data.push(event.data);
    return { data, error: undefined };
  } catch (error) {
    return { data, error };
  }
}

export function textOf(reply: HttpReply): string {
  return reply.kind === 'whole' ? Buffer.from(reply.body).toString('utf8') : '';
}

/** A promise and its resolution. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

/** Resolves when the clock is read next, which the transport does when bytes arrive. */
export function nextReading(clock: TestClock): Promise<void> {
  const { opened, open } = gate();
  const monotonicMs = clock.monotonicMs.bind(clock);
  clock.monotonicMs = () => {
    clock.monotonicMs = monotonicMs;
    open();
    return monotonicMs();
  };
  return opened;
}

/** A socket is free for the next request one turn of the event loop after its answer ended. */
export async function socketsFree(): Promise<void> {
  await settlePromises();
  await settlePromises();
}

/** What `send` rejects with. */
export function rejection(sent: Promise<unknown>): Promise<unknown> {
  return sent.then(
    () => expect.unreachable('the request did not fail'),
    (error: unknown) => error,
  );
}

/** How the transport fails on a server that does this. */
export async function faultOf(script: Script): Promise<TransportError> {
  const server = await serve(script);
  const error = await rejection(openTransport().send(post(server.origin), asking('whole')));
  await server.quiet();
  expect(JSON.stringify(error) + (error as Error).message).not.toContain('secret');
  return error as TransportError;
}
