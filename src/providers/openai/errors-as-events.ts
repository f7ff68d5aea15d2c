import type { WireExchange } from '../wire.ts';

/**
 * Whether the errors in a stream are events as others are, after which it goes on: so it is of agents' sessions (openai 7.57,
 * `__streamMode: 'events'` in resources/beta/agents).
 */
export function hasErrorsAsEvents({ request: { passthrough } }: WireExchange): boolean {
  return passthrough?.path.startsWith('/agents/') === true;
}
