import type { OpenAI } from 'openai';
import type { Gateway } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { bodies, bodyOf, failureOf, gatewayOf, upstream } from '../public/harness.ts';
import { claude, gemini, kimi, lastWanted, stage, VENDORS } from './vendors.ts';

type Item = OpenAI.Responses.ResponseInputItem;
type Output = OpenAI.Responses.ResponseOutputItem;
type Response = OpenAI.Responses.Response;

const TOOL = { type: 'function' as const, name: 'weather', parameters: { type: 'object' }, strict: false };
const ASKED: Item = { role: 'user', content: [{ type: 'input_text', text: 'Weather in Oslo?' }] };
const EFFORT = { reasoning: { effort: 'low' as const }, max_output_tokens: 8_000 };

async function ask(gateway: Gateway, model: string, input: readonly unknown[], stream = false, more = {}): Promise<Response> {
  const params = { ...EFFORT, ...more, model, input: input as Item[], tools: [TOOL] };
  if (!stream) return gateway.responses.create(params);
  for await (const event of await gateway.responses.create({ ...params, stream: true })) {
    if (event.type === 'response.completed') return event.response;
  }
  throw new Error('the response did not complete');
}

function reference({ id }: Output): unknown {
  return { type: 'item_reference', id };
}

/** Without the fields that are not OpenAI's. */
function plain(item: Output): unknown {
  if (item.type !== 'function_call') return item;
  const { type, id, call_id, name, arguments: written } = item;
  return { type, id, call_id, name, arguments: written };
}

function resultOf(output: readonly Output[]): unknown {
  const call = output.find((item) => item.type === 'function_call');
  return { type: 'function_call_output', call_id: call?.call_id, output: 'sunny' };
}

/** How clients hand an answer back; some refer to items in spite of `store: false`. */
const CLIENTS: readonly (readonly [string, (output: Output[]) => unknown[]])[] = [
  ['refers to every item', (output) => output.map(reference)],
  ['refers without a type', (output) => output.map(({ id }) => ({ id }))],
  ['refers to the reasoning only', (output) => output.map((item) => (item.type === 'reasoning' ? reference(item) : plain(item)))],
  ['refers to the calls only', (output) => output.filter(({ type }) => type !== 'reasoning').map(reference)],
  ['gives back the calls only', (output) => output.filter(({ type }) => type === 'function_call').map(plain)],
  ['gives back every item with the fields that it knows', (output) => output.map(plain)],
  [
    'drops what is sealed in the reasoning',
    (output) => output.map((item) => withReasoning(item, { encrypted_content: undefined })),
  ],
  ['nulls what is sealed in the reasoning', (output) => output.map((item) => withReasoning(item, { encrypted_content: null }))],
  [
    'drops the id of the reasoning and what is sealed in it',
    (output) => output.map((item) => withReasoning(item, { id: undefined, encrypted_content: undefined })),
  ],
  [
    'keeps what is sealed in the reasoning only',
    (output) => output.map((item) => withReasoning(item, { id: undefined, summary: [] })),
  ],
  ['gives back the reasoning behind the calls', (output) => output.toSorted(callsFirst).map(plain)],
  ['gives back the reasoning twice', (output) => [...output.filter(({ type }) => type === 'reasoning'), ...output].map(plain)],
  ['refers to every item and gives it back too', (output) => [...output.map(reference), ...output.map(plain)]],
];

function withReasoning(item: Output, changes: object): unknown {
  return item.type === 'reasoning' ? { ...item, ...changes } : plain(item);
}

function callsFirst(one: Output, other: Output): number {
  return Number(one.type === 'reasoning') - Number(other.type === 'reasoning');
}

// The others have a Responses API of their own.
const BRIDGED = VENDORS.filter(([name]) => ['Claude', 'Gemini', 'Kimi'].includes(name));

describe.each(BRIDGED)('the Responses API over %s', (_name, vendor, wanted) => {
  describe.each(CLIENTS)('for a client that %s', (_client, handBack) => {
    it.each([
      ['whole', false],
      ['streamed', true],
    ] as const)('gives back what the vendor wants, %s', async (_how, stream) => {
      const { gateway, model, server } = await stage(vendor, wanted);
      const { output } = await ask(gateway, model, [ASKED], stream);
      const second = await ask(gateway, model, [ASKED, ...handBack(output), resultOf(output)], stream);
      expect(second.output_text ?? JSON.stringify(second.output)).toContain('Rain.');
      expect(lastWanted(vendor, server)).toEqual(wanted);
    });
  });
});

/** Clients that have nothing but what they were given, and keep reasoning only if something is sealed in it. */
const STATELESS = { store: false, include: ['reasoning.encrypted_content' as const] };
const isKept = (item: Output) => item.type !== 'reasoning' || Boolean(item.encrypted_content);
const KEEPERS: typeof CLIENTS = [
  ['gives back what is sealed', (output) => output.filter(isKept).map(plain)],
  ...CLIENTS.filter(([name]) => /sealed in the reasoning only|behind the calls|twice/.test(name)),
];

describe.each(BRIDGED)('the Responses API over %s, the next step in another process', (_name, vendor, wanted) => {
  it.each(
    KEEPERS.flatMap(([client, handBack]) => [
      [client, 'whole', false, handBack] as const,
      [client, 'streamed', true, handBack] as const,
    ]),
  )('goes on for a client that %s, %s', async (_client, _how, stream, handBack) => {
    const { gateway, model } = await stage(vendor, wanted);
    const other = await stage(vendor, wanted);
    const { output } = await ask(gateway, model, [ASKED], stream, STATELESS);
    await ask(other.gateway, model, [ASKED, ...handBack(output), resultOf(output)], stream, STATELESS);
    expect(lastWanted(vendor, other.server)).toEqual(wanted);
  });
});

describe('a thought that is but a text', () => {
  it.each([false, true])('is sealed only for those who ask for it (stream: %s)', async (stream) => {
    const { gateway, model } = await stage(kimi, 'Look it up.');
    const sealed = async (more: object) => {
      const { output } = await ask(gateway, model, [ASKED], stream, more);
      return output.map((item) => (item.type === 'reasoning' ? typeof item.encrypted_content : item.type));
    };
    expect(await sealed({})).toEqual(['undefined', 'function_call']);
    expect(await sealed({ store: false, include: ['message.output_text.logprobs'] })).toEqual(['undefined', 'function_call']);
    expect(await sealed(STATELESS)).toEqual(['string', 'function_call']);
  });

  it('goes to no maker who wants its own', async () => {
    const { gateway, model } = await stage(kimi, 'Look it up.');
    const { output } = await ask(gateway, model, [ASKED], false, STATELESS);
    const answers = await upstream((exchange) => exchange.answer(200, claude.text));
    const other = gatewayOf({ providers: { vendor: claude.provider(answers.origin) } });
    await ask(other, 'vendor/claude-sonnet-4-5', [ASKED, ...output, resultOf(output)], false, STATELESS);
    expect(JSON.stringify(bodies(answers)[0])).not.toContain('Look it up.');
    const openai = await upstream((exchange) => exchange.answer(200, nativeResponse()));
    const native = gatewayOf({ providers: { openai: { apiKey: 'k', baseURL: `${openai.origin}/v1` } } });
    await ask(native, 'openai/gpt-5', [ASKED, ...output, resultOf(output)], false, STATELESS);
    expect(((bodies(openai)[0]?.input ?? []) as { type?: string }[]).map(({ type }) => type)).toEqual([
      undefined,
      'function_call',
      'function_call_output',
    ]);
  });
});

describe('a signature of Gemini', () => {
  it.each([
    ['whole', false],
    ['streamed', true],
  ] as const)('travels in the reasoning item, %s, without any memory', async (_how, stream) => {
    const { gateway, model, server } = await stage(gemini, 'sig-gemini', { turnMemory: false });
    const { output } = await ask(gateway, model, [ASKED], stream);
    expect(output.map(({ type }) => type)).toEqual(['reasoning', 'function_call']);
    await ask(gateway, model, [ASKED, ...output.map(plain), resultOf(output)], stream);
    expect(lastWanted(gemini, server)).toBe('sig-gemini');
  });
});

describe('an item that is referred to', () => {
  it('may be a message of an earlier turn', async () => {
    const server = await upstream((exchange) => exchange.answer(200, claude.text));
    const gateway = gatewayOf({ providers: { vendor: claude.provider(server.origin) } });
    const { output } = await ask(gateway, 'vendor/claude-sonnet-4-5', [ASKED]);
    await ask(gateway, 'vendor/claude-sonnet-4-5', [ASKED, ...output.map(reference), { role: 'user', content: 'Thanks.' }]);
    const { messages } = bodies(server).at(-1) as { messages: { role: string; content: { text?: string }[] }[] };
    expect(messages.map(({ role, content }) => [role, content[0]?.text])).toEqual([
      ['user', 'Weather in Oslo?'],
      ['assistant', 'Rain.'],
      ['user', 'Thanks.'],
    ]);
  });

  it('is never of another caller', async () => {
    const { gateway, model, server } = await stage(claude, 'sig-claude');
    const { output } = await ask(gateway.for({ user: 'one' }), model, [ASKED]);
    const input = [ASKED, ...output.map(reference), resultOf(output)];
    const error = await failureOf(ask(gateway.for({ user: 'other' }), model, input));
    expect(error).toMatchObject({ status: 400, code: 'unsupported_operation', param: 'item_reference' });
    expect(server.requests.length).toBe(1);
  });

  it.each([
    ['item_reference', { input: [ASKED, { type: 'item_reference', id: 'rs_unknown' }] }],
    ['previous_response_id', { previous_response_id: 'resp_unknown' }],
    ['conversation', { conversation: 'conv_unknown' }],
  ])('that is not known ends in an error with the remedy: %s', async (param, more) => {
    const { gateway, model } = await stage(kimi, 'Look it up.');
    const error = await failureOf(gateway.responses.create({ model, input: [ASKED], ...more } as never));
    expect(error).toMatchObject({ status: 400, code: 'unsupported_operation', param });
    expect(String(error)).toContain('send the items');
    expect(String(error)).toContain('store: false');
  });

  it("of a vendor's own response goes to that vendor as it is", async () => {
    const server = await upstream((exchange) => exchange.answer(200, nativeResponse()));
    const gateway = gatewayOf({ providers: { openai: { apiKey: 'k', baseURL: `${server.origin}/v1` } } });
    const { output } = await ask(gateway, 'openai/gpt-5', [ASKED]);
    const input = [ASKED, ...output.map(reference), resultOf(output)];
    await ask(gateway, 'openai/gpt-5', input);
    expect(bodies(server).at(-1)?.input).toEqual(input);
  });

  it('goes to a vendor that never had it as the item itself, without what was sealed for its maker', async () => {
    const server = await upstream((exchange) => {
      const body = bodyOf(exchange);
      return exchange.answer(200, body.input === undefined ? gemini.call : nativeResponse());
    });
    const providers = {
      google: { ...gemini.provider(server.origin) },
      openai: { apiKey: 'k', baseURL: `${server.origin}/v1` },
    };
    const gateway = gatewayOf({ providers });
    const { output } = await ask(gateway, `google/${gemini.model}`, [ASKED]);
    await ask(gateway, 'openai/gpt-5', [ASKED, ...output.map(reference), resultOf(output)]);
    const sent = bodies(server).at(-1)?.input as Record<string, unknown>[];
    expect(sent.map(({ type, role }) => type ?? role)).toEqual(['user', 'function_call', 'function_call_output']);
    expect(sent[1]).not.toHaveProperty('extra_content');
  });
});

function nativeResponse() {
  const call = {
    id: 'fc_native',
    type: 'function_call',
    call_id: 'call_native',
    name: 'weather',
    arguments: '{}',
    status: 'completed',
  };
  const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };
  return { id: 'resp_native', object: 'response', created_at: 1, status: 'completed', model: 'gpt-5', output: [call], usage };
}
