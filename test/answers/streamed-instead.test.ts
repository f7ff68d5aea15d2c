import type OpenAI from 'openai';
import { type Gateway, routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { failureOf, messages, recordingProvider } from '../public/harness.ts';
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
  const parameters = { type: 'object', properties: {} };
  const tools = [{ type: 'function' as const, function: { name: 'look', parameters } }];
  if (operation === 'chat') return gateway.chat.completions.create({ model, messages, tools });
  if (operation === 'completions') return gateway.completions.create({ model, prompt: 'hello' });
  return gateway.responses.create({
    model,
    input: 'hello',
    tools: [{ type: 'function', name: 'look', parameters: {}, strict: false }],
  });
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

  it.each(WIRES)('of $type $operation which breaks off without a usage costs what a stream costs', async (wire) => {
    const begun = wire.events.slice(0, wire.operation === 'completions' ? 2 : 4);
    const spent: unknown[] = [];
    for (const ask of [wholeOf, (gateway: Gateway, of: StreamWire) => openStream(gateway, of).then(readAll)]) {
      const { gateway, attempts, balance } = await stageOf([wire], async (exchange) => {
        await exchange.head(200, { 'content-type': 'text/event-stream', 'content-length': '1000000' });
        await exchange.write(bytesOf(wire, begun));
        exchange.end();
      });
      await failureOf(ask(gateway, wire));
      expect(attempts).toMatchObject([{ failure: { kind: 'transient' } }]);
      spent.push((await balance())?.spent);
    }
    expect(spent[0]).toMatchObject({ usd: expect.not.closeTo(0, 9), tokens: expect.any(Number) });
    expect(spent[0]).toEqual(spent[1]);
  });

  it('of a provider of the user whose caller leaves in the middle costs what came', async () => {
    const aborting = new AbortController();
    const first = chunk({ content: 'word '.repeat(1_000) });
    const items = {
      pulled: 0,
      next(): unknown {
        this.pulled += 1;
        if (this.pulled === 1) return first;
        aborting.abort();
        return new Promise(() => {});
      },
      cancel() {},
    };
    const own = recordingProvider('own', undefined, { send: async () => ({ kind: 'stream', status: 200, headers: {}, items }) });
    const { gateway, attempts, balance } = await stageOf([CHAT], () => {}, {
      providers: { own: { provider: own } },
      models: { m: [{ provider: 'own', model: 'x', price: { input: 1, output: 2 } }] },
      prices: {},
    });
    await failureOf(gateway.chat.completions.create({ model: 'm', messages }, { signal: aborting.signal }));
    expect(attempts).toMatchObject([{ failure: { kind: 'aborted' } }]);
    expect((await balance())?.spent.tokens).toBeGreaterThan(900);
  });

  it('with a usage that tells only a part has the rest estimated, as a stream', async () => {
    const told = { ...chunk({}), choices: [], usage: { prompt_tokens: 10, completion_tokens: 0 } };
    const events = [chunk({ content: 'word '.repeat(100) }), chunk({}, 'stop'), told].map((data) => ({ name: undefined, data }));
    const { gateway, attempts } = await stageOf([CHAT], (exchange) =>
      send(exchange, 'text/event-stream', bytesOf(CHAT, [...events, { name: undefined, data: '[DONE]' }])),
    );
    expect(routeOf(await wholeOf(gateway, CHAT))?.usageSource).toBe('estimated');
    expect(attempts).toMatchObject([{ usage: { inputTokens: 10 } }]);
    expect(attempts[0]?.usage?.outputTokens).toBeGreaterThan(50);
  });

  it('that a filter withheld is answered by the fallback, and costs what it told', async () => {
    const { gateway, attempts } = await stageOf(
      [CHAT],
      (exchange) => {
        const finish = exchange.index === 0 ? 'content_filter' : 'stop';
        const told = { ...chunk({}), choices: [], usage: { prompt_tokens: 10, completion_tokens: 5 } };
        const events = [chunk({ content: exchange.index === 0 ? 'no' : 'yes' }), chunk({}, finish), told, '[DONE]'];
        return send(
          exchange,
          'text/event-stream',
          bytesOf(
            CHAT,
            events.map((data) => ({ name: undefined, data })),
          ),
        );
      },
      {
        retry: { attemptsPerDeployment: 1, maxAttempts: 2 },
        models: {
          first: { deployments: [`${CHAT.type}/${CHAT.model}`], fallbacks: { contentFilter: ['second'] } },
          second: [`${CHAT.type}/other`],
        },
        prices: { [`${CHAT.type}/${CHAT.model}`]: { input: 1, output: 2 }, [`${CHAT.type}/other`]: { input: 1, output: 2 } },
      },
    );
    const answer = await gateway.chat.completions.create({ model: 'first', messages });
    expect(answer.choices[0]?.message.content).toBe('yes');
    expect(attempts).toMatchObject([{ failure: { kind: 'content-refused' }, usage: { outputTokens: 5 } }, { usage: {} }]);
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

  it.each(WIRES.flatMap((wire) => TYPES.map((contentType) => ({ wire, contentType }))))(
    'are the whole answer of $wire.type $wire.operation: $contentType',
    async ({ wire, contentType }) => {
      const { gateway, attempts } = await stageOf([wire], (exchange) => send(exchange, contentType, bytesOf(wire, wire.events)));
      expect(JSON.stringify(await wholeOf(gateway, wire))).toContain('Let me see.');
      expect(attempts).toMatchObject([{ usage: { inputTokens: 10, outputTokens: 5 } }]);
    },
  );

  it.each(['\n', ': keep-alive\n\n', ':\n\n', 'retry: 3000\n', 'i'])(
    'are known for a whole call behind a first piece %j, and JSON behind blanks too',
    async (piece) => {
      const isBlank = piece === '\n';
      for (const body of [
        bytesOf(CHAT, CHAT.events),
        ...(isBlank ? [Buffer.from(JSON.stringify(completion('Let me see.')))] : []),
      ]) {
        const { gateway } = await stageOf([CHAT], async (exchange) => {
          await exchange.head(200, { 'content-type': 'application/json' });
          await exchange.write(piece);
          await new Promise((resolve) => setImmediate(resolve));
          if (piece === 'i') await exchange.write('d: 1\n');
          await exchange.write(body);
          exchange.end();
        });
        expect(await wholeOf(gateway, CHAT)).toMatchObject({ choices: [{ message: { content: 'Let me see.' } }] });
      }
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
