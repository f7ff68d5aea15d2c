import type { Call } from '../core/call.ts';
import type { Run } from '../core/run.ts';
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
  return call.runs === undefined ? observed(active) : insideOfRuns(call.runs, active);
}

function observed(active: ActiveCall): Promise<Answer> {
  const { call, runtime } = active;
  const { channels } = runtime.events;
  return channels.active ? channels.within(call.requestId, () => follow(active)) : follow(active);
}

/** What providers, guards and strategies of the user's own call through the gateway counts in the runs of the call. */
async function insideOfRuns(runs: readonly Run[], active: ActiveCall): Promise<Answer> {
  const { runsAround } = active.runtime;
  const answer = await runsAround.withinLine(runs, () => observed(active));
  if (answer.kind !== 'stream' && answer.kind !== 'chunks') return answer;
  // A reader pulls what comes, wherever it is.
  const { stream } = answer;
  const next = () => stream.next();
  return { ...answer, stream: { next: () => runsAround.withinLine(runs, next), return: () => stream.return() } };
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
