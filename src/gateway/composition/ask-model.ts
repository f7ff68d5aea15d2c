import type { Asking, ModelQuestion } from '../../core/asking.ts';
import type { Call } from '../../core/call.ts';
import { mintId } from '../../core/random.ts';
import type { Answer } from '../../pipeline/run.ts';
import type { Runtime } from '../../pipeline/runtime.ts';

/**
 * Asks a model for a call under way; gives the body of its answer. Every question of a step goes this way: in the name of the
 * call's caller and inside of the runs that the call is inside of, under its configuration, tags, priority and wish
 * of the cache, and within its time. Rejects as any call does.
 */
export async function askModel(
  question: ModelQuestion,
  asking: Asking,
  runtime: Runtime,
  run: (call: Call) => Promise<Answer>,
): Promise<unknown> {
  const answer = await run(questionCall(question, asking, runtime));
  return answer.kind === 'object' ? answer.body : undefined;
}

function questionCall({ kind, operation, model, params }: ModelQuestion, { call, cancellation }: Asking, runtime: Runtime): Call {
  const { clock, modelOf, turnMemory } = runtime;
  const { requestId, caller, plan, runs, tags, priority, cache, deadlineMs } = call;
  const modelPlan = modelOf(plan, model);
  if (modelPlan === undefined) throw new TypeError(`expected '${model}' to be a model`);
  const startedMonotonicMs = clock.monotonicMs();
  return {
    requestId: mintId('req'),
    operation,
    caller,
    runs,
    model,
    modelPlan,
    plan,
    params: turnMemory.complete({ ...params, model }, operation, caller),
    stream: false,
    tags,
    priority,
    cache: kind === 'embedding' ? OFF : cache,
    question: { kind, of: requestId },
    cancellation: cancellation.child(),
    startedAt: clock.now(),
    startedMonotonicMs,
    deadlineMs: Math.min(deadlineMs, startedMonotonicMs + modelPlan.timeouts.totalMs),
  };
}

const OFF: Call['cache'] = { kind: 'off' };
