import { routeOf } from 'tollgate';
import { expect, it } from 'vitest';
import { completion } from '../support/chat-upstream.ts';
import { gatewayOf, messages, providersAt, upstream } from './harness.ts';

const AT_ONCE = 6;

it.each(['end', 'reset'] as const)('calls outlive a server that closes by %s every socket that was used', async (close) => {
  const used = new Set<number>();
  const first = Promise.withResolvers<void>();
  const server = await upstream(async (exchange) => {
    const { connection } = exchange.request;
    if (used.has(connection)) return exchange[close]();
    used.add(connection);
    // The first calls wait for each other, so that each has a socket of its own, which is then kept.
    if (used.size === AT_ONCE) first.resolve();
    await first.promise;
    return exchange.answer(200, completion('here'));
  });
  const gateway = gatewayOf({
    providers: providersAt(server, 'one'),
    models: { fast: ['one/m'] },
    retry: { attemptsPerDeployment: 1 },
  });
  const ask = () => gateway.chat.completions.create({ model: 'fast', messages });
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  expect(server.connections).toBe(AT_ONCE);
  for (let call = 0; call < AT_ONCE; call += 1) {
    const answer = await ask();
    expect(routeOf(answer)?.attempts).toMatchObject([{ deployment: 'one/m' }]);
    expect(routeOf(answer)?.attempts[0]?.failure).toBeUndefined();
  }
  // Each of these calls found one of the kept sockets closed, and went to a new one.
  expect(server.connections).toBe(2 * AT_ONCE);
});
