import { Gateway } from 'tollgate';
import { faults, type ScriptedOutcome, scriptedProvider, seededRandom, testClock } from 'tollgate/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { completion, streamText } from '../support/chat-upstream.ts';
import { startFaultServer } from '../support/fault-server.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const messages = [{ role: 'user' as const, content: 'hello' }];
type Rates = Parameters<typeof faults>[0];

async function kindUnder(rates: Rates, wire = 'openai'): Promise<unknown> {
  const server = await startFaultServer((exchange) => exchange.answer(200, completion('reached')));
  const gateway = new Gateway({
    providers: {
      lab: {
        type: wire,
        apiKey: 'k',
        baseURL: `${server.origin}/v1`,
        middleware: [faults(rates, { seed: 7, retryAfterMs: 20 })],
      },
    },
    models: { m: { deployments: ['lab/m'], retry: { maxAttempts: 1 }, timeouts: { firstTokenMs: 20 } } },
  });
  closers.push(
    () => server.close(),
    () => gateway.close({ deadlineMs: 0 }),
  );
  const error = await gateway.chat.completions.create({ model: 'm', messages }).catch((thrown: unknown) => thrown);
  expect(server.requests).toEqual([]);
  return (error as { attempts: { failure: { kind: string } }[] }).attempts[0]?.failure.kind;
}

describe('rehearsed faults', () => {
  const kinds = [
    'transient',
    'timeout',
    'overloaded',
    'rate-limited',
    'quota-exhausted',
    'credential-rejected',
    'model-unavailable',
    'context-too-long',
    'content-refused',
    'request-invalid',
    'invalid-response',
  ] as const;

  it.each(kinds)('are taken for %s', async (kind) => {
    expect(await kindUnder({ [kind]: 1 })).toBe(kind);
  });

  it.each(['anthropic', 'google', 'cohere'])('mean the same on the wire of %s where a status tells them', async (wire) => {
    for (const kind of ['transient', 'overloaded', 'rate-limited', 'credential-rejected', 'model-unavailable'] as const) {
      expect([kind, await kindUnder({ [kind]: 1 }, wire)]).toEqual([kind, kind]);
    }
  });

  it('that stall are ended by the first-token timer', async () => {
    expect(await kindUnder({ stall: 1 })).toBe('timeout');
  });

  it('that cut leave a strict prefix', async () => {
    const server = await startFaultServer((exchange) =>
      streamText(exchange, ...Array.from({ length: 20 }, (_, index) => `${index} `)),
    );
    const gateway = new Gateway({
      providers: {
        lab: {
          type: 'openai-compatible',
          apiKey: 'k',
          baseURL: `${server.origin}/v1`,
          middleware: [faults({ cut: 1 }, { seed: 2 })],
        },
      },
      models: { m: { deployments: ['lab/m'], retry: { maxAttempts: 1 } } },
    });
    closers.push(
      () => server.close(),
      () => gateway.close({ deadlineMs: 0 }),
    );
    const stream = await gateway.chat.completions.create({ model: 'm', messages, stream: true });
    let text = '';
    const reading = (async () => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    })();
    await expect(reading).rejects.toMatchObject({ code: 'stream_interrupted' });
    expect('0 1 2 3 4 5 6 7 8 9 '.startsWith(text)).toBe(true);
  });

  it('come as often as asked, the same for the same seed', async () => {
    const drawn = async (seed: number) => {
      const middleware = faults({ transient: 0.25, overloaded: 0.25 }, { seed });
      const results: number[] = [];
      for (let attempt = 0; attempt < 2_000; attempt += 1) {
        const reply = middleware({} as never, {} as never, async () => ({ kind: 'object', status: 200, headers: {}, body: {} }));
        results.push(await reply.then(({ status }) => status).catch((error: { status: number }) => error.status));
      }
      return results;
    };
    const [first, again, other] = [await drawn(1), await drawn(1), await drawn(2)];
    expect(first).toEqual(again);
    expect(first).not.toEqual(other);
    for (const status of [500, 503]) expect(first.filter((one) => one === status).length / 2_000).toBeCloseTo(0.25, 1);
  });

  it.each([
    { transient: 1.1 },
    { transient: -0.1 },
    { transient: Number.NaN },
    { transient: 0.6, stall: 0.6 },
    { nonsense: 0.1 },
  ])('refuse %j', (rates) => {
    expect(() => faults(rates as Rates, { seed: 1 })).toThrow(RangeError);
  });
});

describe('a scripted provider', () => {
  it('follows its outcomes, repeats the last, and records its calls', async () => {
    const provider = scriptedProvider('scripted', [
      { text: 'first', usage: { inputTokens: 3 } },
      { body: completion('as it is') },
      { text: 'last', finishReason: 'length' },
    ]);
    const gateway = new Gateway({ providers: { scripted: { provider } }, clock: testClock(0) });
    const texts: unknown[] = [];
    for (let call = 0; call < 4; call += 1) {
      const { choices, usage } = await gateway.chat.completions.create({ model: 'scripted/m', messages });
      texts.push([choices[0]?.message.content, choices[0]?.finish_reason, usage?.prompt_tokens]);
    }
    expect(texts).toEqual([
      ['first', 'stop', 3],
      ['as it is', 'stop', 10],
      ['last', 'length', 10],
      ['last', 'length', 10],
    ]);
    expect(provider.calls).toHaveLength(4);
    expect(provider.calls[0]).toMatchObject({ at: 0, request: { operation: 'chat', upstreamModel: 'm', params: { messages } } });
  });

  it('needs at least one outcome', () => {
    expect(() => scriptedProvider('scripted', [])).toThrow(TypeError);
  });
});

describe('seeded randomness', () => {
  it('is even, in [0, 1), and the same for the same seed', () => {
    const draws = (seed: number) => Array.from({ length: 5_000 }, seededRandom(seed));
    const drawn = draws(42);
    expect(drawn.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(drawn.reduce((sum, value) => sum + value, 0) / drawn.length).toBeCloseTo(0.5, 1);
    expect([draws(42), draws(43)[0] === drawn[0]]).toEqual([drawn, false]);
  });
});

describe('a scripted provider, asked by either API,', () => {
  const input = 'hello';
  const gatewayOver = (...script: ScriptedOutcome[]) => {
    const provider = scriptedProvider('local', script);
    const gateway = new Gateway({ providers: { local: { provider } }, models: { m: ['local/m'] } });
    closers.push(() => gateway.close());
    return { gateway, provider };
  };

  it('says its text in the form of the API that was called', async () => {
    const { gateway, provider } = gatewayOver({ text: 'forty-two' });
    const chat = await gateway.chat.completions.create({ model: 'm', messages });
    expect(chat.choices[0]?.message.content).toBe('forty-two');
    const response = await gateway.responses.create({ model: 'm', input });
    expect(response.output_text).toBe('forty-two');
    expect(response.usage).toMatchObject({ input_tokens: 10, output_tokens: 5 });
    expect(provider.calls.map(({ request }) => request.operation)).toEqual(['chat', 'responses']);
  });

  it('streams its pieces as events of the Responses API', async () => {
    const { gateway } = gatewayOver({ pieces: ['forty-', 'two'] }, { pieces: ['forty-', { cut: 'transient' }] });
    const types: string[] = [];
    let text = '';
    for await (const event of await gateway.responses.create({ model: 'm', input, stream: true })) {
      types.push(event.type);
      if (event.type === 'response.output_text.delta') text += event.delta;
    }
    expect(text).toBe('forty-two');
    expect(types.at(-1)).toBe('response.completed');
    const broken = await gateway.responses.create({ model: 'm', input, stream: true });
    const reading = (async () => {
      for await (const _event of broken);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'stream_interrupted' });
  });

  it('gives a body as it is', async () => {
    const { gateway } = gatewayOver({ body: { id: 'resp_1', object: 'response', output: [], status: 'completed' } });
    expect(await gateway.responses.create({ model: 'm', input })).toMatchObject({ id: 'resp_1', output: [] });
  });
});
