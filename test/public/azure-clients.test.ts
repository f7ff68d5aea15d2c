import { AzureOpenAI } from 'openai';
import { createVirtualKey } from 'tollgate';
import { describe, expect, it } from 'vitest';
import type { FaultExchange } from '../support/fault-server.ts';
import { bodies, echo, failureOf, gatewayOf, messages, providersAt, upstream } from './harness.ts';
import { serve } from './node-server.ts';

const { key, hash } = createVirtualKey();

async function served(script: (exchange: FaultExchange) => unknown = echo) {
  const server = await upstream(script);
  const gateway = gatewayOf({
    providers: providersAt(server, 'one'),
    models: { fast: ['one/m'] },
    access: { keys: [{ id: 'web', hash, caller: { app: 'web' } }] },
  });
  const { origin } = await serve(gateway.handler);
  const client = (options: { apiKey?: string; deployment?: string } = {}) =>
    new AzureOpenAI({ endpoint: origin, apiKey: key, apiVersion: '2024-10-21', maxRetries: 0, ...options });
  return { server, client };
}

describe("a client of Azure's", () => {
  it('presents its virtual key, and names the model in the body or the path', async () => {
    const { server, client } = await served();
    await client().chat.completions.create({ model: 'fast', messages });
    await client({ deployment: 'fast' }).chat.completions.create({ model: '', messages });
    await client({ deployment: 'other' }).chat.completions.create({ model: 'fast', messages });
    expect(bodies(server)).toEqual([
      { model: 'm', messages },
      { model: 'm', messages },
      { model: 'm', messages },
    ]);
    expect(server.requests.map(({ path, headers }) => [path, headers.get('api-key')])).toEqual(
      Array.from({ length: 3 }, () => ['/one/v1/chat/completions', undefined]),
    );
  });

  it('names the model of a form in the path', async () => {
    const { server, client } = await served((exchange) => exchange.answer(200, { text: 'x' }));
    const file = new File(['x'], 'a.wav');
    await client({ deployment: 'fast' }).audio.transcriptions.create({ model: '', file });
    expect(String(server.requests[0]?.body)).toMatch(/name="model"\r\n\r\nm\r\n/);
  });

  it('with another key is refused', async () => {
    const { server, client } = await served();
    const other = client({ apiKey: createVirtualKey().key });
    expect(await failureOf(other.chat.completions.create({ model: 'fast', messages }))).toMatchObject({ status: 401 });
    expect(server.requests).toHaveLength(0);
  });
});
