import type { Call } from '../../core/call.ts';
import type { Deployment } from '../../core/deployment.ts';
import { chain, type MaybePromise } from '../../core/maybe-promise.ts';
import type { Walk } from '../../failover/walk.ts';
import type { Denial, Reservation } from '../../ledger/ledger.ts';
import type { Permit, Refusal } from '../../pacing/pacing.ts';
import type { Credential } from '../../providers/provider.ts';
import type { AttemptableCall } from '../candidates/attemptable-call.ts';
import { hasNobodyElse } from '../candidates/widen.ts';
import type { ProviderAccount, Runtime } from '../runtime.ts';
import { type ReservedAttempt, reserveAt } from './reserve-at.ts';

/** Everything that an attempt has to itself while it runs. */
export interface Slot {
  /** With the bound that budgets put on its output here. */
  readonly call: Call;
  readonly deployment: Deployment;
  readonly account: ProviderAccount;
  readonly credential: Credential | undefined;
  readonly permit: Permit;
  /** Of the deployment's rpm and tpm. */
  readonly reservation: Reservation | undefined;
}

/** Why a candidate cannot be tried now, and when it may be. */
export interface Refused {
  readonly refusedBy: string;
  readonly retryAfterMs: number;
  /** True if the wait was already tried: a queue that is full or was too slow. */
  readonly final: boolean;
  /** The ledger's own words, if it refused. */
  readonly denial?: Denial | undefined;
}

/** What a slot is asked for. */
export interface SlotRequest {
  readonly deployment: Deployment;
  /** Knows what else the call may try, for a deployment that is cooling. */
  readonly walk: Walk;
  readonly attemptable: AttemptableCall;
}

/**
 * A slot at a deployment: permit, the deployment's rpm and tpm, probe, credential; or who refuses it. A promise only if
 * something is waited for.
 */
export function acquireSlot(request: SlotRequest): MaybePromise<Slot | Refused> {
  const { attemptable, deployment } = request;
  return chain(attemptable.runtime.pacing.acquire(deployment, attemptable.call), acquireRoom, request);
}

function acquireRoom(permit: Permit | Refusal, request: SlotRequest): MaybePromise<Slot | Refused> {
  const { attemptable, deployment } = request;
  if (!permit.granted) return refused(`the queue of '${deployment.id}'`, permit.retryAfterMs, true);
  const reserving = reserveAt(deployment, attemptable);
  if (!(reserving instanceof Promise)) return claimSlot(reserving, permit, request);
  return orRelease(permit, reserving).then((reserved) => claimSlot(reserved, permit, request));
}

function claimSlot({ admission, call }: ReservedAttempt, permit: Permit, request: SlotRequest): Slot | Refused {
  const { attemptable, deployment, walk } = request;
  const { runtime } = attemptable;
  if (!admission.admitted) {
    permit.release();
    const { denial } = admission;
    const limited = denial.reason === 'budget';
    return { ...refused(`the limits of '${deployment.id}'`, limited ? denial.retryAfterMs : 0, !limited), denial };
  }
  const { reservation } = admission;
  // Cancelled while it waited: nothing may be sent any more.
  const { cancelled } = call.cancellation;
  if (cancelled || !(runtime.health.claimAttempt(deployment) || hasNobodyElse(deployment, walk, attemptable))) {
    permit.release();
    reservation?.release();
    if (cancelled) throw call.cancellation.reason;
    return refused(`the cooldown of '${deployment.id}'`, 0, true);
  }
  const account = runtime.accountOf(call.plan, deployment.provider);
  return { call, deployment, account, credential: account.credentials.pick(), permit, reservation };
}

async function orRelease<T>(permit: Permit, reserving: Promise<T>): Promise<T> {
  try {
    return await reserving;
  } catch (error) {
    permit.release();
    throw error;
  }
}

/** Gives back the slot of an attempt that does not start. */
export function releaseSlot({ deployment, permit, reservation }: Slot, { health }: Runtime): void {
  permit.release();
  reservation?.release();
  health.abandonProbe(deployment);
}

function refused(refusedBy: string, retryAfterMs: number, final: boolean): Refused {
  return { refusedBy, retryAfterMs, final };
}
