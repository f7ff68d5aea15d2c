import OpenAI from 'openai';
import { Gateway, routeOf } from 'tollgate';
import { afterEach, describe, expect, it } from 'vitest';
import { completion, streamText } from '../support/chat-upstream.ts';
import { type FaultExchange, type FaultServer, startFaultServer } from '../support/fault-server.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function upstream(script: (exchange: FaultExchange) => void | Promise<void>): Promise<FaultServer> {
  const server = await startFaultServer(script);
  closers.push(() => server.close());
  return server;
}

function gatewayOver(server: FaultServer, config: Record<string, unknown> = {}): Gateway {
  const gateway = new Gateway({ providers: { openai: { apiKey: 'sk-test-key', baseURL: `${server.origin}/v1` } }, ...config });
  closers.push(() => gateway.close({ deadlineMs: 0 }));
  return gateway;
}

const messages = [{ role: 'user' as const, content: 'hello' }];

describe('the client', () => {
  it('is an OpenAI client whose chat completions come from a deployment', async () => {
    const server = await upstream((exchange) => exchange.answer(200, completion('hi there')));
    const gateway = gatewayOver(server);
    const answer = await gateway.chat.completions.create({ model: 'gpt-5-mini', messages });
    expect(gateway).toBeInstanceOf(OpenAI);
    expect(answer.choices[0]?.message.content).toBe('hi there');
    expect(server.requests[0]?.path).toBe('/v1/chat/completions');
    expect(server.requests[0]?.headers.get('authorization')).toBe('Bearer sk-test-key');
    expect(JSON.parse(String(server.requests[0]?.body))).toEqual({ model: 'gpt-5-mini', messages });
    expect(routeOf(answer)).toMatchObject({
      deployment: 'openai/gpt-5-mini',
      attempts: [{ deployment: 'openai/gpt-5-mini' }],
      usage: { inputTokens: 10, outputTokens: 5 },
    });
  });

  it('streams, with usage only where the caller asked for it', async () => {
    const server = await upstream((exchange) => streamText(exchange, 'one ', 'two ', 'three'));
    const gateway = gatewayOver(server);
    const stream = await gateway.chat.completions.create({ model: 'gpt-5-mini', messages, stream: true });
    let text = '';
    const chunks = [];
    for await (const item of stream) {
      chunks.push(item);
      text += item.choices[0]?.delta.content ?? '';
    }
    expect(text).toBe('one two three');
    expect(chunks.some((item) => item.usage)).toBe(false);
    expect(routeOf(stream)).toMatchObject({ usage: { inputTokens: 10, outputTokens: 5 }, usageSource: 'reported' });
    expect(JSON.parse(String(server.requests[0]?.body)).stream_options).toEqual({ include_usage: true });
  });

  it('answers by the second deployment when the first is down', async () => {
    const server = await upstream((exchange) =>
      exchange.request.path.startsWith('/bad')
        ? exchange.answer(503, { error: { message: 'down', code: null } })
        : exchange.answer(200, completion('from the second')),
    );
    const gateway = new Gateway({
      providers: {
        first: { type: 'openai-compatible', baseURL: `${server.origin}/bad/v1`, apiKey: 'a' },
        second: { type: 'openai-compatible', baseURL: `${server.origin}/good/v1`, apiKey: 'b' },
      },
      models: { fast: ['first/m', 'second/m'] },
    });
    closers.push(() => gateway.close({ deadlineMs: 0 }));
    const events: string[] = [];
    for (const type of ['request.start', 'attempt.end', 'failover', 'request.end'] as const)
      gateway.on(type, (event) => events.push(event.type));
    const answer = await gateway.for({ team: 'search' }).chat.completions.create({ model: 'fast', messages });
    expect(answer.choices[0]?.message.content).toBe('from the second');
    expect(routeOf(answer)?.attempts.map((attempt) => attempt.failure?.kind)).toEqual(['overloaded', undefined]);
    expect(events).toEqual(['request.start', 'attempt.end', 'failover', 'attempt.end', 'request.end']);
  });

  it('throws the class and status of OpenAI for what a provider refused', async () => {
    const server = await upstream((exchange) =>
      exchange.answer(400, {
        error: { message: 'bad temperature', type: 'invalid_request_error', code: 'invalid_value', param: 'temperature' },
      }),
    );
    const error = await gatewayOver(server)
      .chat.completions.create({ model: 'gpt-5-mini', messages })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({
      status: 400,
      code: 'invalid_value',
      param: 'temperature',
      attempts: [{ failure: { kind: 'request-invalid' } }],
    });
  });

  it('refuses a call whose budget is used up', async () => {
    const server = await upstream((exchange) => exchange.answer(200, completion('ok')));
    const gateway = gatewayOver(server, { budgets: [{ name: 'team', each: 'team', limit: { requests: 1 }, window: 'day' }] });
    const search = gateway.for({ team: 'search' });
    await search.chat.completions.create({ model: 'gpt-5-mini', messages });
    const error = await search.chat.completions.create({ model: 'gpt-5-mini', messages }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'budget_exceeded', status: 402 });
    await expect(
      gateway.for({ team: 'other' }).chat.completions.create({ model: 'gpt-5-mini', messages }),
    ).resolves.toBeDefined();
  });
});
