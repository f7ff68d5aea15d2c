import type { CacheStore } from '../../cache/cache-store.ts';
import { ResponseCache } from '../../cache/response-cache.ts';
import type { Call } from '../../core/call.ts';
import { ANONYMOUS } from '../../core/caller.ts';
import { mintId } from '../../core/random.ts';
import type { Answer } from '../../pipeline/run.ts';
import type { Runtime } from '../../pipeline/runtime.ts';

/** Runs a call through the gateway itself. */
type Run = (call: Call) => Promise<Answer>;

/** The cache of a gateway, for as long as the gateway lives. `store`: undefined for memory. */
export function openCache(store: CacheStore | undefined, runtime: Runtime, run: Run): ResponseCache {
  const { clock, random } = runtime;
  return new ResponseCache({
    clock,
    random,
    store,
    embed: (text, call) => embed(text, call, runtime, run),
    onStoreTrouble: (operation) => reportTrouble(operation, runtime),
  });
}

/** The vector of a text, by a call of its own: in the name of the caller, within the time of the call, never from the cache. */
async function embed(text: string, call: Call, runtime: Runtime, run: Run): Promise<readonly number[]> {
  const answer = await run(embeddingCall(text, call, runtime));
  const { data } = (answer.kind === 'object' ? answer.body : {}) as { data?: readonly { embedding?: unknown }[] };
  const vector = data?.[0]?.embedding;
  if (!Array.isArray(vector)) throw new TypeError('expected an embedding');
  return vector;
}

function embeddingCall(text: string, { caller, plan, tags, priority, ...call }: Call, { clock, modelOf }: Runtime): Call {
  const model = plan.cache?.semantic?.model ?? '';
  const modelPlan = modelOf(plan, model);
  if (modelPlan === undefined) throw new TypeError(`expected '${model}' to be a model`);
  const startedMonotonicMs = clock.monotonicMs();
  return {
    requestId: mintId('req'),
    operation: 'embeddings',
    caller,
    model,
    modelPlan,
    plan,
    params: { model, input: text, encoding_format: 'float' },
    stream: false,
    tags,
    priority,
    cache: { kind: 'off' },
    askedFor: call.requestId,
    cancellation: call.cancellation.child(),
    startedAt: clock.now(),
    startedMonotonicMs,
    deadlineMs: Math.min(call.deadlineMs, startedMonotonicMs + modelPlan.timeouts.totalMs),
  };
}

/** In words of our own: what a store says may repeat what it was given. */
function reportTrouble(operation: 'get' | 'set', { clock, events }: Runtime): void {
  events.emit('store.fail', () => ({
    type: 'store.fail',
    at: clock.now(),
    requestId: '',
    caller: ANONYMOUS,
    model: '',
    operation: `cache.${operation}`,
    error: { code: 'cache_store_failed', message: 'the store of the cache failed or did not answer in time' },
  }));
}
