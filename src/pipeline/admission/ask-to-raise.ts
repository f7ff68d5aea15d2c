import { AsyncLocalStorage } from 'node:async_hooks';
import type { Call } from '../../core/call.ts';
import { keepProcessAlive } from '../../core/keep-process-alive.ts';
import { redactedError } from '../../core/redact-error.ts';
import { BY_LOOKS } from '../../core/redactor.ts';
import type { RunAnswer } from '../../core/run-limits.ts';
import { untilCancelled } from '../../core/sleep.ts';
import { eventBase } from '../../events/event-base.ts';
import type { Denial } from '../../ledger/ledger.ts';
import type { Runtime } from '../runtime.ts';

/** How long an answer is waited for, in milliseconds; a call's own deadline may end it earlier. */
const ANSWER_MS = 60_000;

type RunDenial = Extract<Denial, { reason: 'run' }>;

/** The runs whose owners are being asked, in what the owners do about it. */
const asked = new AsyncLocalStorage<readonly RunDenial['run'][]>();

/**
 * Asks the run's owner whether the limit is to be raised; true if it was. One question at a time: calls that meet a
 * limit meanwhile wait for its answer, but for those that an owner makes to find one: owners never wait for each other.
 */
export function askToRaise(denial: RunDenial, call: Call, runtime: Runtime): Promise<boolean> {
  const { run } = denial;
  const by = asked.getStore();
  if (by !== undefined && (by.includes(run) || run.question !== undefined)) return Promise.resolve(false);
  run.question ??= ask(denial, call, runtime).finally(() => {
    run.question = undefined;
  });
  return untilCancelled(run.question, call.cancellation);
}

async function ask({ run, limit, spent }: RunDenial, call: Call, { clock, events, runsAround }: Runtime): Promise<boolean> {
  const release = keepProcessAlive();
  const owners = [...(asked.getStore() ?? []), run];
  try {
    const answer = await new Promise<RunAnswer | undefined>((resolve, reject) => {
      const timer = clock.setTimeout(() => resolve(undefined), ANSWER_MS);
      Promise.resolve(run.atLimit(limit, spent))
        .then((at) => asked.run(owners, () => runsAround.asCalled(() => run.onLimit?.(at))))
        .then(resolve, reject)
        .finally(() => timer.cancel());
    });
    return answer?.raise === undefined ? false : run.raise(answer.raise);
  } catch (error) {
    const thrown = redactedError(error, BY_LOOKS);
    events.emit('listener.error', () => ({
      ...{ type: 'listener.error', ...eventBase(call, clock.now()), event: 'onLimit', error: thrown },
    }));
    return false;
  } finally {
    release();
  }
}
