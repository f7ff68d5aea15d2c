import { boundedText } from '../core/bounded-text.ts';
import { ANONYMOUS, type Caller } from '../core/caller.ts';
import type { Clock } from '../core/clock.ts';
import { mintId } from '../core/random.ts';
import type { Emitter } from '../events/emitter.ts';
import { eventBase } from '../events/event-base.ts';
import { toOwnEventError } from '../pipeline/record/to-event-failure.ts';
import { operationFor } from './doors/operations.ts';
import type { GatewayRequest } from './gateway-request.ts';

/** Start and end of a call that never became one: params that are none, a model that nobody knows. */
export function reportRefusedCall(
  request: GatewayRequest,
  caller: Caller | undefined,
  error: unknown,
  events: Emitter,
  clock: Clock,
): void {
  const { body, method, path, stream } = request;
  const model =
    typeof body === 'object' && body !== null && 'model' in body && typeof body.model === 'string' ? boundedText(body.model) : '';
  const operation = operationFor(method, path.split('?')[0] ?? '', body);
  const base = eventBase({ requestId: mintId('req'), caller: caller ?? ANONYMOUS, model, operation }, clock.now());
  events.emit('request.start', () => ({ type: 'request.start', ...base, stream }));
  events.emit('request.end', () => ({
    type: 'request.end',
    ...base,
    outcome: 'error',
    attempts: 0,
    durationMs: 0,
    error: toOwnEventError(error),
  }));
}
