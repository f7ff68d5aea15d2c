import { KeyFailures } from '../../access/key-failures.ts';
import { findVirtualKey } from '../../access/virtual-keys.ts';
import { boundedText } from '../../core/bounded-text.ts';
import type { Caller } from '../../core/caller.ts';
import { mintId } from '../../core/random.ts';
import { InvalidKeyError } from '../../errors/invalid-key-error.ts';
import { RateLimitedError } from '../../errors/rate-limited-error.ts';
import { outsideCalls } from '../../events/event-base.ts';
import type { GatewayCore } from '../gateway-core.ts';

const LONGEST_PLACE = 64;

/**
 * The caller of a virtual key. `place`: where it was presented, as a proxy tells; empty if nobody does.
 * Throws `InvalidKeyError`, or `RateLimitedError` if refused keys are too many; a refusal is an `access.deny` event.
 */
export function callerOfKey(core: GatewayCore, key: string, place: string | undefined): Caller {
  const { plan } = core.snapshot;
  const { clock } = core.composition.runtime;
  const caller = findVirtualKey(plan, key, clock.now());
  if (caller !== undefined) return caller;
  const from = place === undefined ? undefined : boundedText(place, LONGEST_PLACE);
  const failures = failuresOf(core);
  reportRefusedKey(core, from, failures);
  const most = plan.access.maxFailuresPerMinute;
  const retryAfterMs = most === undefined ? undefined : failures.note(from ?? '', most, clock.monotonicMs());
  throw retryAfterMs === undefined
    ? new InvalidKeyError()
    : new RateLimitedError('too many keys that are not valid', retryAfterMs);
}

/** The last entry of the header that a proxy tells the place in, which is the one that this proxy itself has added. */
export function placeOf({ access }: GatewayCore['snapshot']['plan'], headers: Headers): string | undefined {
  if (access.placeHeader === undefined) return undefined;
  return headers.get(access.placeHeader)?.split(',').at(-1)?.trim();
}

const failuresByCore = new WeakMap<GatewayCore, KeyFailures>();

function failuresOf(core: GatewayCore): KeyFailures {
  const known = failuresByCore.get(core);
  if (known !== undefined) return known;
  const made = new KeyFailures();
  failuresByCore.set(core, made);
  return made;
}

function reportRefusedKey(core: GatewayCore, place: string | undefined, failures: KeyFailures): void {
  if (!core.events.wants('access.deny')) return;
  const { clock } = core.composition.runtime;
  const suppressed = failures.announce(clock.monotonicMs());
  if (suppressed === undefined) return;
  core.events.emit('access.deny', () => ({
    type: 'access.deny',
    ...outsideCalls(clock.now()),
    requestId: mintId('req'),
    reason: 'invalid_key',
    place,
    suppressed,
  }));
}
