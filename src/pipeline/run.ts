import type { Call } from '../core/call.ts';
import { type ActiveCall, begin } from './active-call.ts';
import { admit } from './admission/admit.ts';
import { failOver } from './attempts/fail-over.ts';
import { findCandidates } from './candidates/find-candidates.ts';
import type { Answer, AnswerStream } from './delivery/answer.ts';
import { deliver } from './delivery/deliver.ts';
import { deliverKept } from './delivery/deliver-kept.ts';
import { fail } from './delivery/fail.ts';
import type { Runtime } from './runtime.ts';

export type { Answer, AnswerStream };

/**
 * The line that every call follows; each step is handed what the step before it made. It ends exactly once: here, or when
 * its stream ends. Throws what the caller is to see.
 */
export function run(call: Call, runtime: Runtime): Promise<Answer> {
  const active = begin(call, runtime);
  const { channels } = runtime.events;
  return channels.active ? channels.within(call.requestId, () => follow(active)) : follow(active);
}

async function follow(active: ActiveCall): Promise<Answer> {
  const { call } = active;
  try {
    if (call.cancellation.cancelled) throw call.cancellation.reason;
    const admitting = admit(active);
    // Waited for only if there is something to wait for, as in the whole line.
    const admitted = admitting instanceof Promise ? await admitting : admitting;
    if (admitted.kept !== undefined) return await deliverKept(admitted);
    const attemptable = findCandidates(admitted);
    const answered = await failOver(attemptable);
    const delivering = deliver(answered, attemptable);
    return delivering instanceof Promise ? await delivering : delivering;
  } catch (error) {
    throw fail(error, active);
  }
}
