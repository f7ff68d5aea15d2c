import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Gateway } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { chunk } from '../support/chat-upstream.ts';
import { settlePromises } from '../support/test-clock.ts';
import { gatewayOf, messages, providersAt, until, upstream } from './harness.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const url = 'http://x/v1/chat/completions';
const post = { method: 'POST', body: JSON.stringify({ model: 'fast', messages, stream: true }) };

type HandlerArguments = Parameters<Gateway['handler']>;

/** An upstream whose streams never end, and the streams that clients left. */
async function endless() {
  const closed: number[] = [];
  const server = await upstream(async (exchange) => {
    void exchange.closed.then(() => closed.push(exchange.index));
    await exchange.sseHead();
    await exchange.sse(chunk({ role: 'assistant', content: 'a' }));
  });
  const gateway = gatewayOf({
    providers: providersAt(server, 'one'),
    models: { fast: [{ provider: 'one', model: 'm', price: { input: 1, output: 2 } }] },
    budgets: [{ name: 'all', limit: { usd: 100 }, window: 'day' }],
  });
  return { gateway, closed };
}

describe('a client that leaves ends its call, although nobody but the gateway holds the request any more', () => {
  it.each([
    ['an address and a signal', (signal: AbortSignal): HandlerArguments => [url, { ...post, signal }]],
    ['a request with the signal', (signal: AbortSignal): HandlerArguments => [new Request(url, { ...post, signal })]],
    ['a request and a signal beside', (signal: AbortSignal): HandlerArguments => [new Request(url, post), { signal }]],
  ])('%s', async (_, argumentsFor) => {
    const { gateway, closed } = await endless();
    const ended: string[] = [];
    gateway.on('request.end', ({ outcome }) => ended.push(outcome));
    const clients = Array.from({ length: 10 }, () => new AbortController());
    for (const client of clients) {
      const response = await gateway.handler(...argumentsFor(client.signal));
      expect(response.status).toBe(200);
    }
    for (let turn = 0; turn < 5; turn += 1) {
      collectGarbage();
      await settlePromises();
    }
    for (const client of clients) client.abort();
    await until(() => ended.length === clients.length && closed.length === clients.length);
    expect(new Set(ended)).toEqual(new Set(['aborted']));
    expect(await gateway.control.budgets()).toMatchObject([{ reserved: { usd: 0 } }]);
  });
});
