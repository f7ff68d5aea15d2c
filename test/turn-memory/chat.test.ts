import type { OpenAI } from 'openai';
import type { Gateway } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { failureOf, gatewayOf } from '../public/harness.ts';
import { deepseek, lastWanted, QUESTION, stage, TOOLS, VENDORS } from './vendors.ts';

type Params = OpenAI.ChatCompletionCreateParamsNonStreaming;
type Message = OpenAI.ChatCompletionMessageParam;

/** The calls as a client has them that knows OpenAI's fields only, and writes the arguments anew. */
function dropped(message: OpenAI.ChatCompletionMessage): Message {
  const tool_calls = (message.tool_calls ?? []).map((call) => {
    if (call.type !== 'function') throw new Error('expected a function');
    const { id, type } = call;
    return { id, type, function: { name: call.function.name, arguments: JSON.stringify(JSON.parse(call.function.arguments)) } };
  });
  return { role: 'assistant', content: message.content, tool_calls };
}

function result(message: OpenAI.ChatCompletionMessage): Message {
  return { role: 'tool', tool_call_id: message.tool_calls?.[0]?.id ?? '', content: 'sunny' };
}

async function firstTurn(
  gateway: Gateway,
  model: string,
  params: object,
  stream: boolean,
): Promise<OpenAI.ChatCompletionMessage> {
  const asked = { ...params, model, messages: [QUESTION], tools: TOOLS };
  if (!stream) {
    const { choices } = await gateway.chat.completions.create(asked);
    return choices[0]?.message as OpenAI.ChatCompletionMessage;
  }
  const calls: { id: string; name: string; written: string }[] = [];
  for await (const { choices } of await gateway.chat.completions.create({ ...asked, stream: true })) {
    for (const { index, id, function: called } of choices[0]?.delta.tool_calls ?? []) {
      const call = calls[index] ?? { id: '', name: '', written: '' };
      calls[index] = {
        id: call.id || (id ?? ''),
        name: call.name || (called?.name ?? ''),
        written: call.written + (called?.arguments ?? ''),
      };
    }
  }
  const tool_calls = calls.map(({ id, name, written }) => ({
    id,
    type: 'function' as const,
    function: { name, arguments: written },
  }));
  return { role: 'assistant', content: null, refusal: null, tool_calls };
}

function secondTurn(model: string, params: object, message: OpenAI.ChatCompletionMessage, more: Partial<Params> = {}): Params {
  return { ...params, model, tools: TOOLS, messages: [QUESTION, dropped(message), result(message)], ...more };
}

describe.each(VENDORS)('a tool loop of a client that drops fields, over %s', (_name, vendor, wanted) => {
  it.each([
    ['whole', false],
    ['streamed', true],
  ] as const)('gets back what the vendor wants after a %s answer', async (_how, stream) => {
    const { gateway, model, server } = await stage(vendor, wanted);
    const message = await firstTurn(gateway, model, vendor.params, stream);
    const answer = await gateway.chat.completions.create(secondTurn(model, vendor.params, message));
    expect(answer.choices[0]?.message.content).toBe('Rain.');
    expect(lastWanted(vendor, server)).toEqual(wanted);
  });

  it('gets it back over HTTP too', async () => {
    const { gateway, model, server } = await stage(vendor, wanted);
    const post = async (body: object) => {
      const response = await gateway.handler('http://gateway/v1/chat/completions', {
        method: 'POST',
        body: JSON.stringify(body),
      });
      return ((await response.json()) as OpenAI.ChatCompletion).choices[0]?.message as OpenAI.ChatCompletionMessage;
    };
    const message = await post({ ...vendor.params, model, messages: [QUESTION], tools: TOOLS });
    await post(secondTurn(model, vendor.params, message));
    expect(lastWanted(vendor, server)).toEqual(wanted);
  });

  it('leaves alone what the client gives itself', async () => {
    const { gateway, model, server } = await stage(vendor, wanted);
    const message = await firstTurn(gateway, model, vendor.params, false);
    await gateway.chat.completions.create({
      ...vendor.params,
      model,
      tools: TOOLS,
      messages: [QUESTION, message, result(message)],
    });
    expect(lastWanted(vendor, server)).toEqual(wanted);
  });

  it('is not completed where the memory is switched off', async () => {
    const { gateway, model, server } = await stage(vendor, wanted, { turnMemory: false });
    const message = await firstTurn(gateway, model, vendor.params, false);
    await failureOf(gateway.chat.completions.create(secondTurn(model, vendor.params, message)));
    expect(lastWanted(vendor, server)).not.toEqual(wanted);
  });
});

describe('what is remembered of a turn', () => {
  const loop = async (config: Parameters<typeof stage>[2] = {}) => {
    const staged = await stage(deepseek, 'Look it up.', config);
    return {
      ...staged,
      second: (gateway: Gateway, message: OpenAI.ChatCompletionMessage, more: Partial<Params> = {}) =>
        gateway.chat.completions.create(secondTurn(staged.model, {}, message, more)),
    };
  };

  it('is never given to another caller, whose call has the same id', async () => {
    const { gateway, model, server, second } = await loop();
    const message = await firstTurn(gateway.for({ user: 'one' }), model, {}, false);
    for (const caller of [{ user: 'other' }, { user: 'one', team: 'a' }, { team: 'one' }]) {
      await failureOf(second(gateway.for(caller), message));
      expect(lastWanted(deepseek, server)).toBeUndefined();
    }
    await failureOf(second(gateway, message));
    expect(lastWanted(deepseek, server)).toBeUndefined();
    await second(gateway.for({ user: 'one' }), message);
    expect(lastWanted(deepseek, server)).toBe('Look it up.');
  });

  it("is the caller's under each gateway bound to it", async () => {
    const { gateway, model, server, second } = await loop();
    const message = await gateway.run({ team: 'a', user: 'one' }, () => firstTurn(gateway, model, {}, true));
    await second(gateway.for({ user: 'one', team: 'a', priority: 'low' }), message);
    expect(lastWanted(deepseek, server)).toBe('Look it up.');
  });

  it('is not given to another conversation whose call has the same id, as some vendors count them', async () => {
    const { gateway, model, server, second } = await loop();
    const message = await firstTurn(gateway, model, {}, false);
    const other = { role: 'user' as const, content: 'And in Rome?' };
    await failureOf(second(gateway, message, { messages: [other, dropped(message), result(message)] }));
    expect(lastWanted(deepseek, server)).toBeUndefined();
  });

  it('is not given to another call of the same id', async () => {
    const { gateway, model, server, second } = await loop();
    const message = await firstTurn(gateway, model, {}, false);
    const edited = {
      ...message,
      tool_calls: [{ ...message.tool_calls?.[0], function: { name: 'weather', arguments: '{"city":"Rome"}' } }],
    };
    await failureOf(second(gateway, edited as OpenAI.ChatCompletionMessage));
    expect(lastWanted(deepseek, server)).toBeUndefined();
  });

  it('is remembered of a stream whose reader leaves with the finish', async () => {
    const { gateway, model, server, second } = await loop();
    const asked = { model, messages: [QUESTION], tools: TOOLS, stream: true as const };
    for await (const { choices } of await gateway.chat.completions.create(asked)) {
      if (choices[0]?.finish_reason) break;
    }
    const call = { id: 'call_1', type: 'function' as const, function: { name: 'weather', arguments: '{"city":"Oslo"}' } };
    await second(gateway, { role: 'assistant', content: null, refusal: null, tool_calls: [call] });
    expect(lastWanted(deepseek, server)).toBe('Look it up.');
  });

  it('goes when it has not been used for its time', async () => {
    let nowMs = 0;
    const clock = { now: () => 1_700_000_000_000 + nowMs, setTimeout: () => ({ cancel: () => {} }) };
    const { gateway, model, server, second } = await loop({ clock, turnMemory: { ttlMs: 1_000 } });
    const message = await firstTurn(gateway, model, {}, false);
    nowMs = 900;
    await second(gateway, message);
    nowMs = 1_800;
    await second(gateway, message);
    expect(lastWanted(deepseek, server)).toBe('Look it up.');
    nowMs = 2_900;
    await failureOf(second(gateway, message));
    expect(lastWanted(deepseek, server)).toBeUndefined();
  });

  it.each([
    ['turns', { maxTurns: 1 }],
    ['bytes', { maxBytes: 900 }],
  ])('is bounded by %s', async (_name, turnMemory) => {
    const { gateway, model, server, second } = await loop({ turnMemory });
    const [one, other] = [gateway.for({ user: 'one' }), gateway.for({ user: 'other' })];
    const message = await firstTurn(one, model, {}, false);
    await firstTurn(other, model, {}, false);
    await failureOf(second(one, message));
    expect(lastWanted(deepseek, server)).toBeUndefined();
    await second(other, message);
    expect(lastWanted(deepseek, server)).toBe('Look it up.');
  });

  it('is forgotten when an update switches it off', async () => {
    const { gateway, model, server, second } = await loop();
    const message = await firstTurn(gateway, model, {}, false);
    const config = { providers: { vendor: deepseek.provider(server.origin) } };
    gateway.control.update({ ...config, turnMemory: false });
    gateway.control.update(config);
    await failureOf(second(gateway, message));
    expect(lastWanted(deepseek, server)).toBeUndefined();
  });

  it('is not remembered of a stream under way when an update switches it off', async () => {
    const { gateway, model, server, second } = await loop();
    const config = { providers: { vendor: deepseek.provider(server.origin) } };
    const asked = { model, messages: [QUESTION], tools: TOOLS, stream: true as const };
    const stream = await gateway.chat.completions.create(asked);
    gateway.control.update({ ...config, turnMemory: false });
    for await (const _ of stream);
    gateway.control.update(config);
    const call = { id: 'call_1', type: 'function' as const, function: { name: 'weather', arguments: '{"city":"Oslo"}' } };
    await failureOf(second(gateway, { role: 'assistant', content: null, refusal: null, tool_calls: [call] }));
    expect(lastWanted(deepseek, server)).toBeUndefined();
  });

  it('goes at once where an update leaves no room for it', async () => {
    const { gateway, model, server, second } = await loop();
    const message = await firstTurn(gateway, model, {}, false);
    const config = { providers: { vendor: deepseek.provider(server.origin) } };
    gateway.control.update({ ...config, turnMemory: { maxBytes: 1 } });
    gateway.control.update(config);
    await failureOf(second(gateway, message));
    expect(lastWanted(deepseek, server)).toBeUndefined();
  });

  it('is reckoned with in the estimate, as all that is sent', async () => {
    const { gateway, model } = await loop();
    const message = await firstTurn(gateway, model, {}, false);
    const known = await gateway.control.plan(secondTurn(model, {}, message));
    const unknown = await gateway.for({ user: 'other' }).control.plan(secondTurn(model, {}, message));
    expect(known.estimate.inputTokens).toBeGreaterThan(unknown.estimate.inputTokens);
  });

  it('says what its bounds may be', () => {
    const config = { providers: { openai: { apiKey: 'k' } }, turnMemory: { maxTurns: 0 } };
    expect(() => gatewayOf(config)).toThrow('turnMemory');
    expect(() => gatewayOf({ ...config, turnMemory: true } as never)).toThrow('turnMemory');
  });
});
