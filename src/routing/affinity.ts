import { createHash, type Hash } from 'node:crypto';
import type { Call } from '../core/call.ts';
import type { Deployment } from '../core/deployment.ts';
import { BoundedMap } from './bounded-map.ts';

/** Conversations that are remembered; the least recently used is forgotten first. */
const LARGEST_NUMBER_OF_CONVERSATIONS = 10_000;

/**
 * Remembers which deployment served a conversation last, because its prompt cache is warm. A conversation is known by
 * `prompt_cache_key`, else by a hash of its leading messages: those of the system and the first of the user.
 */
export class Affinity {
  readonly #deploymentIds = new BoundedMap<string, string>(LARGEST_NUMBER_OF_CONVERSATIONS);
  readonly #keys = new WeakMap<Call, string>();

  /** The order with the conversation's deployment first, if it is in the order and its cached input is cheaper. */
  prefer(
    order: readonly Deployment[],
    call: Call,
    cachedInputIsCheaper: (deployment: Deployment) => boolean,
  ): readonly Deployment[] {
    const id = this.#deploymentIds.get(this.#key(call));
    const preferred = id === undefined ? undefined : order.find((deployment) => deployment.id === id);
    if (!preferred || preferred === order[0] || !cachedInputIsCheaper(preferred)) return order;
    return [preferred, ...order.filter((deployment) => deployment !== preferred)];
  }

  /** To be called when the deployment answered. */
  remember(call: Call, deploymentId: string): void {
    this.#deploymentIds.set(this.#key(call), deploymentId);
  }

  #key(call: Call): string {
    const known = this.#keys.get(call);
    if (known !== undefined) return known;
    const key = conversationKey(call);
    this.#keys.set(call, key);
    return key;
  }
}

// A hash, so that no prompt is kept. The model and its length come first, so that no two models share a key.
function conversationKey({ model, params }: Call): string {
  const hash = createHash('sha256').update(`${model.length}:${model}`);
  const { prompt_cache_key: cacheKey, instructions, messages, input } = params;
  if (typeof cacheKey === 'string' && cacheKey !== '') return hash.update(`key:${cacheKey}`).digest('base64url');
  if (typeof instructions === 'string') hash.update(`system:${instructions}`);
  if (typeof input === 'string') hash.update(`user:${input}`);
  const list = Array.isArray(messages) ? messages : input;
  if (Array.isArray(list)) addLeadingMessages(hash, list);
  return hash.digest('base64url');
}

function addLeadingMessages(hash: Hash, messages: readonly unknown[]): void {
  for (const message of messages) {
    if (typeof message !== 'object' || message === null) return;
    const { role, content } = message as { role?: unknown; content?: unknown };
    hash.update(`${role}:`);
    addContent(hash, content);
    if (role === 'user') return;
  }
}

function addContent(hash: Hash, content: unknown): void {
  if (typeof content === 'string') hash.update(content);
  else if (Array.isArray(content)) for (const part of content) hash.update(JSON.stringify(part) ?? '');
}
