import type OpenAI from 'openai';
import { type Gateway, routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { failureOf, messages } from '../public/harness.ts';
import { chunk, completion } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { openStream, readAll, stageOf } from './stage.ts';
import { bytesOf, STREAM_WIRES, type StreamWire } from './wires.ts';

const WIRES = STREAM_WIRES.filter(({ type }) => type !== 'bedrock');
const CHAT = STREAM_WIRES[0] as StreamWire;
// 10 tokens in at $1 and 5 out at $2 per million.
const USD = 0.000_02;

async function send(exchange: FaultExchange, contentType: string | undefined, bytes: Uint8Array): Promise<void> {
  await exchange.head(200, { ...(contentType && { 'content-type': contentType }), 'content-length': `${bytes.length}` });
  await exchange.write(bytes);
}

/** The whole answer of a wire's upstream, by whatever surface it speaks. */
async function wholeOf(gateway: Gateway, { type, model: name, operation }: StreamWire) {
  const model = `${type}/${name}`;
  const tools = [{ type: 'function' as const, function: { name: 'look', parameters: {} } }];
  if (operation === 'chat') return gateway.chat.completions.create({ model, messages, tools });
  if (operation === 'completions') return gateway.completions.create({ model, prompt: 'hello' });
  return gateway.responses.create({ model, input: 'hello' });
}

describe('a whole call that is answered by a stream', () => {
  it.each(WIRES)('of $type $operation has the whole answer, metered once', async (wire) => {
    const { gateway, attempts, server, balance } = await stageOf([wire], (exchange) =>
      send(exchange, 'text/event-stream', bytesOf(wire, wire.events)),
    );
    const answer = await wholeOf(gateway, wire);
    expect(JSON.stringify(answer)).toContain('Let me see.');
    if (wire.operation === 'chat') {
      const [choice] = (answer as OpenAI.ChatCompletion).choices;
      expect(choice).toMatchObject({
        finish_reason: 'tool_calls',
        message: { role: 'assistant', tool_calls: [{ id: 'call_a', function: { name: 'look', arguments: '{"city":"Oslo"}' } }] },
      });
    }
    expect(attempts).toMatchObject([{ usage: { inputTokens: 10, outputTokens: 5 } }]);
    expect(server.requests).toHaveLength(1);
    expect(routeOf(answer)?.costUsd).toBe(USD);
    expect((await balance())?.spent.usd).toBe(USD);
  });

  it('which breaks off costs what it told, and says why', async () => {
    const events = CHAT.events.slice(0, 3);
    const told = { name: undefined, data: { ...chunk({}), choices: [], usage: { prompt_tokens: 10, completion_tokens: 5 } } };
    const error = { name: undefined, data: { error: { message: 'over capacity', code: 'overloaded_error' } } };
    const { gateway, attempts, balance } = await stageOf([CHAT], (exchange) =>
      send(exchange, 'text/event-stream', bytesOf(CHAT, [...events, told, error])),
    );
    expect(await failureOf(wholeOf(gateway, CHAT))).toMatchObject({ status: 503, message: '503 over capacity' });
    expect(attempts).toMatchObject([{ failure: { kind: 'overloaded' }, usage: { inputTokens: 10, outputTokens: 5 } }]);
    expect((await balance())?.spent.usd).toBe(USD);
  });

  it('which is the whole answer with a marker behind it is that answer', async () => {
    const { gateway } = await stageOf([CHAT], (exchange) =>
      send(exchange, 'text/event-stream', Buffer.from(`${JSON.stringify(completion('Hi.'))}\ndata: [DONE]\n\n`)),
    );
    expect(await wholeOf(gateway, CHAT)).toMatchObject({ choices: [{ message: { content: 'Hi.' }, finish_reason: 'stop' }] });
  });
});

describe('events under another type than theirs', () => {
  const TYPES = ['text/plain; charset=utf-8', 'application/octet-stream', 'application/json', undefined];
  it.each(WIRES.flatMap((wire) => TYPES.map((contentType) => ({ wire, contentType }))))(
    'are a stream of $wire.type $wire.operation: $contentType',
    async ({ wire, contentType }) => {
      const { gateway, attempts } = await stageOf([wire], (exchange) => send(exchange, contentType, bytesOf(wire, wire.events)));
      expect(JSON.stringify(await readAll(await openStream(gateway, wire)))).toMatch(/see\./);
      expect(attempts).toMatchObject([{ usage: { inputTokens: 10, outputTokens: 5 } }]);
      expect(attempts[0]?.failure).toBeUndefined();
    },
  );

  it.each(['d', 'event', '\ufeff', '\r\n\r\n', ': hello\n\n'])('are known by a first piece %j', async (piece) => {
    const rest = bytesOf(CHAT, CHAT.events).subarray(piece === 'd' ? 1 : 0);
    const { gateway } = await stageOf([CHAT], async (exchange) => {
      await exchange.head(200, { 'content-type': 'text/plain' });
      if (piece === 'd' || piece === 'event') {
        await exchange.write(piece);
        await new Promise((resolve) => setImmediate(resolve));
        await exchange.write(piece === 'event' ? ': message\n' : '');
        await exchange.write(rest);
      } else await exchange.write(Buffer.concat([Buffer.from(piece), rest]));
      exchange.end();
    });
    expect(JSON.stringify(await readAll(await openStream(gateway, CHAT)))).toMatch(/see\./);
  });

  it('that never come are no answer, and no wait', async () => {
    const { gateway } = await stageOf([CHAT], async (exchange) => {
      await exchange.head(200, { 'content-type': 'text/plain', 'content-length': '0' });
    });
    expect(await failureOf(openStream(gateway, CHAT))).toMatchObject({ status: 502 });
  });
});

describe('a stream that is no stream', () => {
  it('but a whole answer as its only event says all of it, and its usage', async () => {
    const { gateway, attempts } = await stageOf([CHAT], (exchange) =>
      send(exchange, 'text/event-stream', Buffer.from(`data: ${JSON.stringify(completion('Hi.'))}\n\ndata: [DONE]\n\n`)),
    );
    const items = (await readAll(await openStream(gateway, CHAT))) as OpenAI.ChatCompletionChunk[];
    expect(items.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('Hi.');
    expect(items.at(-1)?.usage).toMatchObject({ prompt_tokens: 10, completion_tokens: 5 });
    expect(attempts).toMatchObject([{ usage: { inputTokens: 10, outputTokens: 5 } }]);
  });

  it('but repeats in the end what it has said does not say it twice', async () => {
    const last = { ...chunk({}, 'stop'), choices: [{ index: 0, message: { content: 'Hi.' }, finish_reason: 'stop' }] };
    const { gateway } = await stageOf([CHAT], async (exchange) => {
      await exchange.sseHead();
      await exchange.sse(chunk({ content: 'Hi.' }), last, '[DONE]');
      await exchange.lastChunk();
    });
    const items = (await readAll(await openStream(gateway, CHAT))) as OpenAI.ChatCompletionChunk[];
    expect(items.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('Hi.');
  });

  it.each(['', `data: ${JSON.stringify(chunk({ content: 'Hi.' }))}\n\n`])(
    'but JSON of an error has its words, after %j',
    async (before) => {
      const error = JSON.stringify({ error: { message: 'slow down', code: 'rate_limit_exceeded' } });
      const { gateway, attempts } = await stageOf([CHAT], (exchange) =>
        send(exchange, 'text/event-stream', Buffer.from(`${before}${error}\n`)),
      );
      const failure = await failureOf(openStream(gateway, CHAT).then(readAll));
      expect(failure).toMatchObject({ message: expect.stringContaining('slow down') });
      expect(attempts).toMatchObject([{ failure: { kind: 'rate-limited' } }]);
    },
  );

  it.each(['event: end\ndata: end\n\n', 'data: "[DONE]"\n\n', 'data: DONE\n\n', 'data:   [DONE]  \n\n'])(
    'ends by a marker of its own once the answer is whole: %j',
    async (marker) => {
      const whole = bytesOf(CHAT, CHAT.events.slice(0, -1));
      const { gateway, attempts } = await stageOf([CHAT], (exchange) =>
        send(exchange, 'text/event-stream', Buffer.concat([whole, Buffer.from(marker)])),
      );
      await readAll(await openStream(gateway, CHAT));
      expect(attempts[0]?.failure).toBeUndefined();
    },
  );

  it('of Anthropic ends by the marker of chat once it has its stop reason', async () => {
    const claude = STREAM_WIRES.find(({ type }) => type === 'anthropic') as StreamWire;
    const whole = bytesOf(claude, claude.events.slice(0, -1));
    const { gateway, attempts } = await stageOf([claude], (exchange) =>
      send(exchange, 'text/event-stream', Buffer.concat([whole, Buffer.from('data: [DONE]\n\n')])),
    );
    const items = (await readAll(await openStream(gateway, claude))) as OpenAI.ChatCompletionChunk[];
    expect(items.map(({ choices }) => choices[0]?.finish_reason).filter(Boolean)).toEqual(['tool_calls']);
    expect(attempts).toMatchObject([{ usage: { inputTokens: 10, outputTokens: 5 } }]);
  });

  it('tells nobody what the model wrote if it is none that anybody knows', async () => {
    const claude = STREAM_WIRES.find(({ type }) => type === 'anthropic') as StreamWire;
    const { gateway } = await stageOf([claude], (exchange) => send(exchange, 'text/plain', Buffer.from('The answer is secret.')));
    const failure = (await failureOf(openStream(gateway, claude))) as Error;
    expect(failure.message).not.toContain('secret');
  });
});
