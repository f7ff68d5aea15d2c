// At most two calls at a time; those that wait are admitted by priority, and teams of one priority in turn.
import { Gateway, RateLimitedError } from 'tollgate';
import { localProvider } from './local-provider.ts';

const order: unknown[] = [];
const provider = localProvider('local', async ({ params }) => {
  order.push(params.user);
  await new Promise((resolve) => setTimeout(resolve, 5));
  return 'done';
});
const gateway = new Gateway({
  providers: { local: { provider } },
  models: { fast: [{ provider: 'local', model: 'small', maxConcurrent: 2, queue: { size: 5, maxWaitMs: 5_000 } }] },
});

const ask = (team: string, priority: 'high' | 'normal' | 'low') =>
  gateway
    .for({ team, priority })
    .chat.completions.create({ model: 'fast', user: `${team} ${priority}`, messages: [{ role: 'user', content: 'hello' }] });
const calls = [
  ask('loud', 'normal'),
  ask('loud', 'normal'),
  ask('loud', 'normal'),
  ask('loud', 'normal'),
  ask('batch', 'low'),
  ask('quiet', 'normal'),
  ask('ops', 'high'),
  ask('late', 'low'),
];
const outcomes = await Promise.allSettled(calls);
const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
console.log(order.slice(2));
console.log(
  `refused: ${refused.length}, rate limited: ${refused.every((error) => error instanceof RateLimitedError && error.retryAfterMs > 0)}`,
);
await gateway.close();
