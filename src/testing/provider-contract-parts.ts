import { Cancellation } from '../core/cancellation.ts';
import { systemClock } from '../core/clock.ts';
import type { ItemSource } from '../core/item-source.ts';
import { Secret } from '../core/secret.ts';
import { DEFAULT_TIMEOUTS } from '../core/timeouts.ts';
import type { AttemptContext, Provider, UpstreamRequest } from '../providers/provider.ts';

/**
 * How the upstream behaves to every request: `answers` a chat, whole or as a stream; `hangs` before its head; `stalls`
 * after the first items of a stream; `breaks` off there; `refuses` with a 429 and `fails` with a 500, both with the
 * request's headers in the body, as debugging proxies do.
 */
export type UpstreamMood = 'answers' | 'hangs' | 'stalls' | 'breaks' | 'refuses' | 'fails';

/** A provider together with its upstream. */
export interface ProviderSubject {
  readonly provider: Provider;
  /** A model that the provider serves. */
  readonly model: string;
  /** Requests that the upstream has got so far. */
  requests(): number;
  /** Resolves when the upstream gets the next request. */
  reached(): Promise<void>;
  close(): void | Promise<void>;
}

/** Opens the provider of one case, before an upstream in the mood that the case needs. */
export type OpenSubject = (mood: UpstreamMood) => ProviderSubject | Promise<ProviderSubject>;

/** The key that attempts under the contract are made with; it must show nowhere. */
export const CONTRACT_KEY = 'contract5f1c0e9ab27d4c38';

export async function withSubject(
  open: OpenSubject,
  mood: UpstreamMood,
  run: (subject: ProviderSubject) => Promise<void>,
): Promise<void> {
  const subject = await open(mood);
  try {
    await run(subject);
  } finally {
    await subject.close();
  }
}

export function requestOf({ model }: ProviderSubject, params: Record<string, unknown> = {}, stream = false): UpstreamRequest {
  const messages = [{ role: 'user', content: 'hello' }];
  return { operation: 'chat', upstreamModel: model, params: { model: 'public-name', messages, ...params }, stream };
}

export function contextOf(cancellation: Cancellation = new Cancellation()): AttemptContext {
  return {
    requestId: 'req_contract',
    cancellation,
    timeouts: DEFAULT_TIMEOUTS,
    clock: systemClock,
    credential: { id: 'contract#1', token: () => new Secret(CONTRACT_KEY) },
    capabilities: {},
  };
}

/** What became of a promise, as data. */
export function settled<T>(promise: Promise<T>): Promise<{ value: T } | { error: unknown }> {
  return promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
}

/** Reads a stream of chats to its end. */
export async function chunkTexts(items: ItemSource<unknown>): Promise<string> {
  let text = '';
  for (let item = await items.next(); item !== undefined; item = await items.next()) {
    const { choices } = item as { choices?: { delta?: { content?: string | null } }[] };
    text += choices?.[0]?.delta?.content ?? '';
  }
  return text;
}

export function demand(met: boolean, what: string): void {
  if (!met) throw new Error(what);
}

/** One demand on a provider. `run` throws if the provider does not meet it. */
export interface ProviderContractCase {
  readonly name: string;
  run(open: OpenSubject): Promise<void>;
}
