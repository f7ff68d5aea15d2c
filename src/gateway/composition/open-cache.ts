import type { CacheStore } from '../../cache/cache-store.ts';
import { ResponseCache } from '../../cache/response-cache.ts';
import type { AskModel } from '../../core/asking.ts';
import type { Call } from '../../core/call.ts';
import { outsideCalls } from '../../events/event-base.ts';
import type { Runtime } from '../../pipeline/runtime.ts';

/** The cache of a gateway, for as long as the gateway lives. `store`: undefined for memory. */
export function openCache(store: CacheStore | undefined, runtime: Runtime, ask: AskModel): ResponseCache {
  const { clock, random } = runtime;
  return new ResponseCache({
    clock,
    random,
    store,
    embed: (text, call) => embed(text, call, ask),
    onStoreTrouble: (operation) => reportTrouble(operation, runtime),
  });
}

/** The vector of a text. */
async function embed(text: string, call: Call, ask: AskModel): Promise<readonly number[]> {
  const model = call.plan.cache?.semantic?.model ?? '';
  const params = { input: text, encoding_format: 'float' };
  const body = await ask(
    { kind: 'embedding', operation: 'embeddings', model, params },
    { call, cancellation: call.cancellation },
  );
  const { data } = (body ?? {}) as { data?: readonly { embedding?: unknown }[] };
  const vector = data?.[0]?.embedding;
  if (!Array.isArray(vector)) throw new TypeError('expected an embedding');
  return vector;
}

/** In words of our own: what a store says may repeat what it was given. */
function reportTrouble(operation: 'get' | 'set', { clock, events }: Runtime): void {
  events.emit('store.fail', () => ({
    type: 'store.fail',
    ...outsideCalls(clock.now()),
    operation: `cache.${operation}`,
    error: { code: 'cache_store_failed', message: 'the store of the cache failed or did not answer in time' },
  }));
}
