import type { Call } from '../core/call.ts';
import type { Cancellation } from '../core/cancellation.ts';
import type { Clock } from '../core/clock.ts';
import type { Deployment } from '../core/deployment.ts';
import type { Emitter } from '../events/emitter.ts';
import { Lane } from './lane.ts';
import type { Permit, Refusal } from './permit.ts';

export type { Permit, Refusal } from './permit.ts';

/** Deployments with limits that are remembered; beyond it the idle ones are forgotten. */
const LARGEST_NUMBER_OF_LANES = 1_000;

/**
 * Keeps to each deployment's `maxConcurrent` and `minTimeMs`. If there is room, admission is synchronous; else the
 * call waits in a bounded queue: the highest priority first, callers of one priority in turn.
 */
export class Pacing {
  readonly #clock: Clock;
  readonly #events: Emitter;
  readonly #lanes = new Map<string, Lane>();

  constructor({ clock, events }: { readonly clock: Clock; readonly events: Emitter }) {
    this.#clock = clock;
    this.#events = events;
  }

  /** A promise only if the call must wait; it rejects with the cancellation's reason when the call is cancelled. */
  acquire(
    deployment: Deployment,
    call: Call,
    cancellation: Cancellation = call.cancellation,
  ): Permit | Refusal | Promise<Permit | Refusal> {
    if (deployment.maxConcurrent === undefined && !deployment.minTimeMs) {
      if (this.#lanes.size > 0) this.#lanes.get(deployment.id)?.adopt(deployment);
      return UNLIMITED;
    }
    const lane = this.#laneOf(deployment);
    return lane.enter(deployment) ?? lane.wait(call, cancellation);
  }

  /** Whether an attempt at the deployment would have to wait now. */
  isFull(deployment: Deployment): boolean {
    return this.#lanes.get(deployment.id)?.full ?? false;
  }

  /** Calls that wait for a place at the deployment. */
  waiting(deploymentId: string): number {
    return this.#lanes.get(deploymentId)?.waiting ?? 0;
  }

  #laneOf(deployment: Deployment): Lane {
    const known = this.#lanes.get(deployment.id);
    if (known) return known;
    if (this.#lanes.size >= LARGEST_NUMBER_OF_LANES) this.#forgetIdle();
    const lane = new Lane(deployment, this.#clock, this.#events);
    this.#lanes.set(deployment.id, lane);
    return lane;
  }

  #forgetIdle(): void {
    for (const [id, lane] of this.#lanes) if (lane.idle) this.#lanes.delete(id);
  }
}

const UNLIMITED: Permit = Object.freeze({ granted: true, release() {} });
