import { OpenAIError } from 'openai';
import { routeOf, StreamInterruptedError } from 'tollgate';
import { expect, it } from 'vitest';
import { gatewayOf, messages, providersAt, upstream } from '../public/harness.ts';
import { chunk, streamText } from '../support/chat-upstream.ts';
import { openStream, readAll, stageOf } from './stage.ts';
import { bytesOf, STREAM_WIRES, streamHead } from './wires.ts';

it.each(STREAM_WIRES)('the error of a broken stream of $type ($operation) tells its route and its attempts', async (wire) => {
  const { gateway } = await stageOf(STREAM_WIRES, async (exchange) => {
    await streamHead(exchange, wire);
    await exchange.write(bytesOf(wire, wire.events.slice(0, wire.operation === 'completions' ? 2 : 4)));
    exchange.end();
  });
  const stream = await openStream(gateway, wire);
  const error = await readAll(stream).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(StreamInterruptedError);
  const attempt = { deployment: `${wire.type}/${wire.model}`, failure: { kind: 'transient' } };
  expect(error).toMatchObject({ code: 'stream_interrupted', attempts: [attempt] });
  expect(routeOf(error)).toMatchObject({ provider: wire.type, upstreamModel: wire.model, attempts: [attempt] });
  expect(routeOf(error)).toEqual(routeOf(stream));
});

it('an abort and a deadline in the middle of a stream tell the same', async () => {
  const [wire] = STREAM_WIRES;
  if (wire === undefined) throw new Error('no wire');
  const { gateway, clock } = await stageOf(STREAM_WIRES, async (exchange) => {
    await streamHead(exchange, wire);
    await exchange.write(bytesOf(wire, wire.events.slice(0, 4)));
  });
  const params = {
    model: `${wire.type}/${wire.model}`,
    messages: [{ role: 'user' as const, content: 'hi' }],
    stream: true as const,
  };
  const controller = new AbortController();
  const aborted = await gateway.chat.completions.create(params, { signal: controller.signal });
  const late = await gateway.chat.completions.create(params, { timeout: 1_000 });
  const ends = [aborted, late].map((stream) => readAll(stream).catch((thrown: unknown) => thrown));
  controller.abort();
  clock.advance(1_000);
  for (const [index, error] of (await Promise.all(ends)).entries()) {
    expect(error).toMatchObject({ attempts: [{ deployment: params.model }], code: index === 0 ? 'aborted' : expect.any(String) });
    expect(routeOf(error)).toMatchObject({ provider: wire.type, attempts: [{ deployment: params.model }] });
  }
});

it('a helper never makes one answer of a tool call that broke off and the answer that began anew', async () => {
  const server = await upstream(async (exchange) => {
    if (exchange.request.path.startsWith('/two')) return streamText(exchange, 'new');
    await exchange.sseHead();
    const call = { index: 0, id: 'call_1', type: 'function', function: { name: 'pay', arguments: '{"usd":1' } };
    await exchange.sse(chunk({ role: 'assistant', content: 'old', tool_calls: [call] }));
    exchange.end();
  });
  const gateway = gatewayOf({
    providers: providersAt(server, 'one', 'two'),
    models: { m: { deployments: ['one/m', 'two/m'], stream: { onInterrupt: 'restart' } } },
  });
  const helper = gateway.chat.completions.stream({ model: 'm', messages });
  await expect(helper.finalChatCompletion()).rejects.toThrow(OpenAIError);
  expect(server.requests).toHaveLength(2);
});
