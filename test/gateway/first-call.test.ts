import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Gateway, Gateway as GatewayClass, GatewayConfig } from 'tollgate';
import { afterEach, expect, it, vi } from 'vitest';

/** Before a wire has been loaded by an earlier test: each test has modules of its own. */
async function coldGateway(
  config: Partial<GatewayConfig> = { models: { fast: ['anthropic/claude-haiku-4-5'] } },
): Promise<{ gateway: Gateway; bodies: string[] }> {
  vi.resetModules();
  const { Gateway: Fresh } = (await import('tollgate')) as { Gateway: typeof GatewayClass };
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.once('end', () => {
      bodies.push(body);
      response.setHeader('content-type', 'application/json').end(JSON.stringify(ANSWER));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const gateway = new Fresh({ providers: { anthropic: { apiKey: 'none', baseURL } }, ...config });
  ends.push(
    () => gateway.close(),
    () => server.close(),
  );
  return { gateway, bodies };
}

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const ANSWER = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-haiku-4-5',
  content: [{ type: 'text', text: 'hello' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 3, output_tokens: 1 },
};

it('sends what the caller had when it called, though much is loaded first', async () => {
  const { gateway, bodies } = await coldGateway();
  const messages = [{ role: 'user' as const, content: 'first' }];
  const handed = gateway.handler(
    new Request('http://any/v1/chat/completions', { method: 'POST', body: JSON.stringify({ model: 'fast', messages }) }),
  );
  const called = gateway.chat.completions.create({ model: 'fast', messages });
  await Promise.resolve();
  await Promise.resolve();
  expect((await called).choices[0]?.message.content).toBe('hello');
  expect((await handed).status).toBe(200);
  expect(bodies).toHaveLength(2);
});

it('tells of deployments, models and budgets before anything is called', async () => {
  const { gateway } = await coldGateway();
  expect(gateway.control.health()).toMatchObject([{ deployment: 'anthropic/claude-haiku-4-5', state: 'healthy' }]);
  expect(await gateway.models.retrieve('anthropic/claude-opus-4-1')).toMatchObject({ owned_by: 'anthropic' });
  expect(await gateway.control.budgets()).toEqual([]);
  expect(await gateway.control.usage()).toEqual([]);
});

it('knows what vendors document once a plan is asked for', async () => {
  const { gateway } = await coldGateway();
  const plan = await gateway.control.plan({ model: 'fast', messages: [{ role: 'user', content: 'hello?' }] });
  expect(plan).toMatchObject({ verdict: 'allow', deployments: [{ price: { input: 1 } }] });
});

it('takes a configuration that comes before the first call, and one whose wire has not been loaded', async () => {
  const { gateway, bodies } = await coldGateway();
  await gateway.chat.completions.create({ model: 'fast', messages: [{ role: 'user', content: 'one' }] });
  gateway.control.update({
    providers: { cohere: { apiKey: 'none', baseURL: 'http://127.0.0.1:1' } },
    models: { other: ['cohere/command-a-03-2025'] },
  });
  const plan = await gateway.control.plan({ model: 'other', messages: [{ role: 'user', content: 'two' }] });
  expect(plan.deployments).toMatchObject([{ id: 'cohere/command-a-03-2025', place: 1 }]);
  expect(bodies).toHaveLength(1);
});

it('leaves nothing behind where it is closed without a call', async () => {
  const { gateway } = await coldGateway();
  await expect(gateway.close()).resolves.toBeUndefined();
});

it('knows a configuration that comes while it is looked up where a thing is', async () => {
  const { MemoryStore } = await import('../../src/stores/memory.ts');
  const providers = (...names: string[]) =>
    Object.fromEntries(names.map((name) => [name, { type: 'openai-compatible', apiKey: 'none', baseURL: 'http://127.0.0.1:1' }]));
  class Slow extends MemoryStore {
    override readNote(...asked: Parameters<InstanceType<typeof MemoryStore>['readNote']>): never {
      const cohere = { apiKey: 'none', baseURL: 'http://127.0.0.1:1' };
      gateway.control.update({ providers: { ...providers('one', 'two'), cohere }, defaultProvider: 'one' });
      return Promise.resolve(super.readNote(...asked)) as never;
    }
  }
  const { gateway } = await coldGateway({ providers: providers('one', 'two'), defaultProvider: 'one', store: new Slow() });
  await expect(gateway.batches.retrieve('batch_1')).rejects.toMatchObject({
    attempts: [{ deployment: 'one/batches', failure: { code: 'ECONNREFUSED' } }, {}],
  });
});
