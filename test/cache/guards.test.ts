import { describe, expect, it } from 'vitest';
import { eventsOf, stage } from '../budgets/stage.ts';
import { bodyOf, failureOf, messages, until } from '../public/harness.ts';
import { completion, streamText } from '../support/chat-upstream.ts';
import type { FaultExchange } from '../support/fault-server.ts';
import { QUESTION, TOOLS, VENDORS, stage as vendorStage } from '../turn-memory/vendors.ts';

const PARAMS = { model: 'm', messages };
const falcon = (mode: 'block' | 'redact' | 'flag', match?: Record<string, string>) =>
  ({ name: 'falcon', on: 'output', mode, use: 'pattern', deny: 'Falcon', ...(match && { match }) }) as const;

/** Says the texts one after another, then the last again and again. */
function saying(...texts: string[]) {
  let count = 0;
  return (exchange: FaultExchange): Promise<void> => {
    const text = texts[Math.min(count, texts.length - 1)] ?? '';
    count += 1;
    return bodyOf(exchange).stream ? streamText(exchange, ...text) : exchange.answer(200, completion(text));
  };
}

describe('an answer in which a guard finds something', () => {
  const modes = ['block', 'redact', 'flag'] as const;
  it.each(modes.flatMap((mode) => [false, true].map((stream) => [mode, stream] as const)))(
    'is not kept (%s, stream: %s), so that the next call may get a better one',
    async (mode, stream) => {
      const { gateway, sent } = await stage({ cache: { ttl: '1h' }, guards: [falcon(mode)] }, saying('the Falcon', 'a sparrow'));
      const ends = eventsOf(gateway, 'request.end');
      const { completions } = gateway.for({ team: 'search' }).chat;
      const ask = async () => {
        if (!stream) return (await completions.create(PARAMS)).choices[0]?.message.content;
        let text = '';
        for await (const { choices } of await completions.create({ ...PARAMS, stream: true }))
          text += choices[0]?.delta.content ?? '';
        return text;
      };
      await ask().catch(() => {});
      await until(() => ends.length === 1);
      expect([await ask(), await ask()]).toEqual(['a sparrow', 'a sparrow']);
      expect(sent()).toHaveLength(2);
    },
  );

  it('is kept if it is another caller’s guard that would find something, which then has its say', async () => {
    const guards = [falcon('block', { team: 'strict' })];
    const { gateway, sent } = await stage({ cache: { ttl: '1h', scope: 'shared' }, guards }, saying('the Falcon'));
    const ask = (team: string) => gateway.for({ team }).chat.completions.create(PARAMS);
    expect((await ask('free')).choices[0]?.message.content).toBe('the Falcon');
    expect(await failureOf(ask('strict'))).toMatchObject({ code: 'content_blocked' });
    expect((await ask('free')).choices[0]?.message.content).toBe('the Falcon');
    expect(sent()).toHaveLength(1);
  });

  it('has each caller’s own words put back, which neither the provider nor the cache has seen', async () => {
    const kept: unknown[] = [];
    const store = new Map<string, unknown>();
    const outside = {
      get: (key: string) => store.get(key),
      set: (key: string, value: unknown) => {
        kept.push(value);
        store.set(key, value);
      },
    };
    const people = { name: 'people', on: 'input', mode: 'redact', use: 'personal-data' } as const;
    const { gateway, sent } = await stage({ cache: { ttl: '1h', store: outside }, guards: [people] }, (exchange) =>
      exchange.answer(200, completion(`wrote to ${JSON.stringify(bodyOf(exchange)).match(/\[EMAIL_1\]/)?.[0]}`)),
    );
    const { completions } = gateway.for({ team: 'search' }).chat;
    const ask = async (mail: string) =>
      (await completions.create({ model: 'm', messages: [{ role: 'user', content: `write to ${mail}` }] })).choices[0]?.message
        .content;
    expect(await ask('ann@example.com')).toBe('wrote to ann@example.com');
    await until(() => kept.length === 1);
    expect(await ask('bob@example.com')).toBe('wrote to bob@example.com');
    expect(sent()).toHaveLength(1);
    expect(JSON.stringify(kept)).not.toContain('@example.com');
  });
});

describe.each(VENDORS)('a turn that calls a tool and was kept, of %s', (_name, vendor, wanted) => {
  it.each([false, true])('can be gone on with by whoever gets it (stream: %s)', async (stream) => {
    const { gateway, model, server } = await vendorStage(vendor, wanted, { cache: { ttl: '1h' } });
    const params = { ...vendor.params, model, tools: TOOLS, messages: [QUESTION] };
    const [one, two] = ['one', 'two'].map((user) => gateway.for({ team: 'search', user }).chat.completions);
    await one?.create(params);
    const asking = stream ? two?.stream(params).finalChatCompletion() : two?.create(params);
    const call = (await asking)?.choices[0]?.message.tool_calls?.[0];
    expect(server.requests).toHaveLength(1);
    if (call?.type !== 'function') throw new Error('expected a call');
    // As a client has it that knows OpenAI's fields only.
    const { id, type } = call;
    const { name } = call.function;
    const calls = [{ id, type, function: { name, arguments: call.function.arguments } }];
    const second = await two?.create({
      ...params,
      messages: [
        QUESTION,
        { role: 'assistant', content: null, tool_calls: calls },
        { role: 'tool', tool_call_id: id, content: 'sunny' },
      ],
    });
    expect(second?.choices[0]?.message.content).toBe('Rain.');
  });
});

describe('an answer that a repair round mended', () => {
  const schema = { type: 'object', properties: { age: { type: 'number' } }, required: ['age'], additionalProperties: false };
  const format = { type: 'json_schema' as const, json_schema: { name: 'person', schema, strict: true } };
  const guards = [{ name: 'schema', on: 'output', mode: 'block', use: 'json-schema', repair: true }] as const;

  it('is not kept, and neither is what was wrong: who asks the same asks anew, and an answer that was right at once is kept', async () => {
    const texts = ['{"age":"forty"}', '{"age":40}', '{"age":41}'];
    const { gateway, sent } = await stage({ cache: { ttl: '1h' }, guards: [...guards] }, saying(...texts));
    const { completions } = gateway.for({ team: 'search' }).chat;
    const ask = async () => (await completions.create({ ...PARAMS, response_format: format })).choices[0]?.message.content;
    expect([await ask(), await ask(), await ask()]).toEqual(['{"age":40}', '{"age":41}', '{"age":41}']);
    expect(sent()).toHaveLength(3);
  });
});

describe('what a guard asks of a model', () => {
  const moderated = { name: 'moderated', on: 'input', mode: 'block', use: 'model', model: 'moderator' } as const;
  const models = { m: ['one/m'], moderator: ['one/moderator'] };
  const answers = (exchange: FaultExchange) =>
    exchange.answer(200, completion(bodyOf(exchange).model === 'moderator' ? '{"flagged": false}' : 'fine'));

  it.each([
    ['is asked anew, and not kept, for a call without a cache', false, ['moderator', 'm', 'moderator', 'm']],
    ['is asked anew for a call that is', { refresh: true }, ['moderator', 'm', 'moderator', 'm']],
    ['is kept as the answer is', undefined, ['moderator', 'm']],
  ] as const)('%s', async (_, cache, asked) => {
    const { gateway, sent } = await stage({ cache: { ttl: '1h' }, guards: [moderated], models }, answers);
    const { completions } = gateway.for({ team: 'search' }).chat;
    await completions.create(PARAMS, { cache });
    await completions.create(PARAMS, { cache });
    expect(sent().map(({ model }) => model)).toEqual(asked);
  });
});
