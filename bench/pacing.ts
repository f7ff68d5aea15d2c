/** What admission costs if nobody must wait: nanoseconds per acquire and release. Run: node bench/pacing.ts */
import type { Call } from '../src/core/call.ts';
import { systemClock } from '../src/core/clock.ts';
import type { Deployment } from '../src/core/deployment.ts';
import { Emitter } from '../src/events/emitter.ts';
import { Pacing } from '../src/pacing/pacing.ts';
import { at, callTo, modelOf } from '../test/support/routing-plan.ts';

const WARM_UP = 200_000;
const ADMISSIONS = 2_000_000;

const pacing = new Pacing({ clock: systemClock, events: new Emitter() });

measure('no limits', at('openai/free'));
measure('maxConcurrent', at('openai/limited', { maxConcurrent: 64 }));

function measure(label: string, deployment: Deployment): void {
  const call = callTo(modelOf('fast', [deployment]));
  admit(deployment, call, WARM_UP);
  const startedMs = performance.now();
  admit(deployment, call, ADMISSIONS);
  const nanoseconds = ((performance.now() - startedMs) * 1e6) / ADMISSIONS;
  console.log(`${label.padEnd(14)} ${nanoseconds.toFixed(0).padStart(5)} ns per admission`);
}

function admit(deployment: Deployment, call: Call, times: number): void {
  for (let time = 0; time < times; time += 1) {
    const permit = pacing.acquire(deployment, call);
    if (permit instanceof Promise || !permit.granted) throw new Error('had to wait');
    permit.release();
  }
}
