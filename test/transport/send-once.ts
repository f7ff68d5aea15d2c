import { Cancellation } from '../../src/core/cancellation.ts';
import { systemClock } from '../../src/core/clock.ts';
import { DEFAULT_TIMEOUTS } from '../../src/core/timeouts.ts';
import { createTransport } from '../../src/transport/create-transport.ts';

// A program that sends one request to the origin given and closes nothing.
const [, , origin = ''] = process.argv;
const { status } = await createTransport({ proxy: undefined }).send(
  { method: 'GET', origin, path: '/', headers: {}, body: undefined },
  { answer: 'whole', cancellation: new Cancellation(), timeouts: DEFAULT_TIMEOUTS, clock: systemClock },
);
process.stdout.write(String(status));
