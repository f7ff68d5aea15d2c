import type { GatewayConfig } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { bridgeResponses } from '../../src/bridges/responses/bridge.ts';
import { Cancellation } from '../../src/core/cancellation.ts';
import type { Capabilities } from '../../src/core/capabilities.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Operation } from '../../src/core/operation.ts';
import { Secret } from '../../src/core/secret.ts';
import { DEFAULT_TIMEOUTS } from '../../src/core/timeouts.ts';
import { anthropicProvider } from '../../src/providers/anthropic/provider.ts';
import { bedrockProvider } from '../../src/providers/bedrock/provider.ts';
import { cohereProvider } from '../../src/providers/cohere/provider.ts';
import { googleProvider } from '../../src/providers/google/provider.ts';
import { createOpenAiWireProvider, vendors } from '../../src/providers/open-ai-wire-provider.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { ProviderParts } from '../../src/providers/wire-provider.ts';
import { createTransport } from '../../src/transport/create-transport.ts';
import { bodyOf, closeAfterTest, upstream } from '../public/harness.ts';
import { answerInKind, outcomeOf, stageOf, WIRES } from './wires.ts';

const NATIVE = new Map([
  ['anthropic', anthropicProvider],
  ['google', googleProvider],
  ['bedrock', bedrockProvider],
  ['cohere', cohereProvider],
]);

interface Asked {
  readonly type: string;
  readonly model: string;
  readonly drop: readonly string[];
  readonly params: Record<string, unknown>;
  readonly capabilities?: Capabilities;
  readonly operation?: Operation;
}

/** The body that a provider of the type sends over a socket, and what it says of the request beforehand. */
async function sentBy({ type, model, drop, params, capabilities = {}, operation = 'chat' }: Asked) {
  const server = await upstream(answerInKind);
  const transport = createTransport({ proxy: undefined });
  closeAfterTest(() => transport.close(true));
  const account = {
    name: type,
    origin: server.origin,
    basePath: '',
    headers: {},
    drop: new Set(drop),
    organization: undefined,
    project: undefined,
    region: 'us-east-1',
    apiVersion: undefined,
  };
  const provider = bridgeResponses(providerOf(type, { account, transport, clock: systemClock }), account.drop);
  const request = { operation, upstreamModel: model, params: { model: 'm', ...params }, stream: false };
  expect(provider.unsupported(request)).toEqual([]);
  await provider.send(request, {
    requestId: 'req_drop',
    cancellation: new Cancellation(),
    timeouts: DEFAULT_TIMEOUTS,
    clock: systemClock,
    credential: { id: 'drop#1', token: () => new Secret('test-key-0123456789') },
    capabilities: { ...provider.capabilities(model), ...capabilities },
  });
  const [sent] = server.requests;
  if (sent === undefined) throw new Error('nothing was sent');
  return bodyOf({ request: sent });
}

function providerOf(type: string, parts: ProviderParts): Provider {
  const native = NATIVE.get(type);
  if (native) return native(parts);
  const vendor = vendors.get(type);
  if (vendor === undefined) throw new Error(`no vendor ${type}`);
  return createOpenAiWireProvider(vendor, parts);
}

const user = { role: 'user', content: 'hello' };
const look = { type: 'function', function: { name: 'look' } };
const text = { type: 'text', text: 'see' };
const png = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
const said = (...content: unknown[]) => ({ messages: [{ role: 'user', content }] });
const SONNET = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';

describe('what a candidate can honour stays, though `drop` names it', () => {
  it.each<[string, string, Record<string, unknown>, Record<string, unknown>, Capabilities?]>([
    ['openai', 'gpt-4o', { temperature: 0.5, seed: 1, tools: [look] }, { temperature: 0.5, seed: 1, tools: [look] }],
    ['openai', 'gpt-4o', said(text, png), said(text, png)],
    ['mistral', 'mistral-large-latest', { temperature: 0.5, stop: 'a' }, { temperature: 0.5, stop: 'a' }],
    ['groq', 'llama-3.3-70b-versatile', { seed: 1 }, { seed: 1 }],
    ['openai-compatible', 'any', { tools: [look] }, { tools: [look] }, { tools: true }],
    ['openai-compatible', 'any', said(text, png), said(text, png), { vision: true }],
    ['anthropic', 'claude-sonnet-4-5', { temperature: 0.5, tools: [look] }, { temperature: 0.5, tools: [{ name: 'look' }] }],
    ['anthropic', 'claude-sonnet-4-5', said(text, png), { messages: [{ content: [text, { type: 'image' }] }] }],
    ['google', 'gemini-2.5-flash', { seed: 4, temperature: 0.5 }, { generationConfig: { seed: 4, temperature: 0.5 } }],
    ['google', 'gemini-2.0-flash', { frequency_penalty: 0.5 }, { generationConfig: { frequencyPenalty: 0.5 } }],
    ['bedrock', SONNET, { temperature: 0.5, stop: ['a'] }, { inferenceConfig: { temperature: 0.5, stopSequences: ['a'] } }],
    ['bedrock', SONNET, said(text, png), { messages: [{ content: [{ text: 'see' }, { image: { format: 'png' } }] }] }],
    ['cohere', 'command-a-plus-05-2026', { seed: 4, temperature: 0.5 }, { seed: 4, temperature: 0.5 }],
    ['cohere', 'command-a-plus-05-2026', said(text, png), said(text, png)],
  ])('at %s %s: %j', async (type, model, params, expected, capabilities) => {
    const drop = [...Object.keys(params), 'image_url'];
    const body = await sentBy({
      type,
      model,
      drop,
      params: { messages: [user], ...params },
      ...(capabilities && { capabilities }),
    });
    expect(body).toMatchObject(expected);
  });
});

describe('what a candidate cannot honour is left out where `drop` names it', () => {
  it.each<[string, string, Record<string, unknown>, string]>([
    ['openai', 'o3', { temperature: 0.5 }, 'temperature'],
    ['mistral', 'mistral-large-latest', { logit_bias: { 5: 1 } }, 'logit_bias'],
    ['groq', 'llama-3.3-70b-versatile', { n: 2 }, 'n'],
    ['openai-compatible', 'any', { logit_bias: { 5: 1 } }, 'logit_bias'],
    ['openai-compatible', 'any', { vendors_own: 1 }, 'vendors_own'],
    ['anthropic', 'claude-opus-4-7', { temperature: 0.5 }, 'temperature'],
    ['anthropic', 'claude-sonnet-4-5', { seed: 1 }, 'seed'],
    ['google', 'gemini-2.5-flash', { frequency_penalty: 0.5 }, 'generationConfig'],
    ['google', 'gemini-2.5-flash', { logit_bias: { 5: 1 } }, 'logit_bias'],
    ['bedrock', SONNET, { seed: 1 }, 'seed'],
    ['cohere', 'command-a-03-2025', { n: 2 }, 'n'],
  ])('at %s %s: %j', async (type, model, params, absent) => {
    const body = await sentBy({ type, model, drop: Object.keys(params), params: { messages: [user], ...params } });
    expect(body).not.toHaveProperty(absent);
  });

  it('with what means nothing without it', async () => {
    const params = { messages: [user], tools: [look], tool_choice: 'required', parallel_tool_calls: false };
    const body = await sentBy({
      type: 'openai-compatible',
      model: 'any',
      drop: ['tools'],
      params,
      capabilities: { tools: false },
    });
    expect(Object.keys(body).sort()).toEqual(['messages', 'model']);
  });

  it.each([
    ['anthropic', 'claude-sonnet-4-5', /"tools":\[\{"name":"look"/],
    ['google', 'gemini-3-flash-preview', /"functionDeclarations":\[\{"name":"look"/],
    ['bedrock', SONNET, /"tools":\[\{"toolSpec":\{"name":"look"/],
    ['cohere', 'command-a-plus-05-2026', /"tools":\[\{"type":"function","function":\{"name":"look"/],
  ])('only the tools of other kinds at %s', async (type, model, expected) => {
    const custom = { type: 'custom', custom: { name: 'grammar' } };
    const params = { messages: [user], tools: [custom, look], tool_choice: 'auto' };
    const body = JSON.stringify(await sentBy({ type, model, drop: ['tools'], params }));
    expect(body).toMatch(expected);
    expect(body).not.toContain('grammar');
    const alone = await sentBy({ type, model, drop: ['tools'], params: { ...params, tools: [custom] } });
    expect(JSON.stringify(alone)).not.toMatch(/tool/i);
  });

  it('only the blank ones of stop sequences', async () => {
    const params = { messages: [user], stop: ['a', ' '] };
    for (const [type, model, at] of [
      ['anthropic', 'claude-sonnet-4-5', 'stop_sequences'],
      ['bedrock', SONNET, 'inferenceConfig.stopSequences'],
    ] as const) {
      expect(await sentBy({ type, model, drop: ['stop'], params })).toHaveProperty(at, ['a']);
    }
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['text.verbosity', { text: { verbosity: 'low' } }, { verbosity: 'low' }],
    ['reasoning.effort', { reasoning: { effort: 'low' } }, { reasoning_effort: 'low' }],
  ])('in the words of the Responses API too: %s', async (name, params, inChat) => {
    const [[chatsName] = ['']] = Object.entries(inChat);
    for (const drop of [name, chatsName]) {
      const over = await sentBy({
        type: 'cohere',
        model: 'command-a-03-2025',
        drop: [drop],
        params: { input: 'hello', ...params },
        operation: 'responses',
      });
      expect(over).toEqual({ model: 'command-a-03-2025', messages: [user], stream: false });
      const own = await sentBy({
        type: 'openai-compatible',
        model: 'any',
        drop: [drop],
        params: { input: 'hello', ...params },
        operation: 'responses',
      });
      expect(own).toEqual({ model: 'any', input: 'hello', [Object.keys(params)[0] ?? '']: {} });
    }
  });
});

/** Parts that a wire lacks, by the name that `drop` and the error have for them. */
const file = (data: string, filename = 'a') => ({ type: 'file', file: { file_data: data, filename } });
const image = (url: string) => ({ type: 'image_url', image_url: { url } });
const sound = (format: string) => ({ type: 'input_audio', input_audio: { data: 'AAAA', format } });
const LACKING: readonly (readonly [type: string, model: string, part: Record<string, unknown>, name: string])[] = [
  ['anthropic', 'claude-sonnet-4-5', image('data:image/bmp;base64,AAAA'), 'image_url'],
  ['anthropic', 'claude-sonnet-4-5', image('s3://bucket/a.png'), 'image_url'],
  ['anthropic', 'claude-sonnet-4-5', file('data:application/zip;base64,UEsD'), 'file'],
  ['anthropic', 'claude-sonnet-4-5', sound('wav'), 'input_audio'],
  ['anthropic', 'claude-sonnet-4-5', { type: 'video_url', video_url: { url: 'https://x.test/a.mp4' } }, 'video_url'],
  ['google', 'gemini-2.5-flash', image('s3://bucket/a.png'), 'image_url'],
  ['google', 'gemini-2.5-flash', { type: 'file', file: { file_id: 'file-1' } }, 'file'],
  ['google', 'gemini-2.5-flash', { type: 'video_url', video_url: { url: 'https://x.test/a.mp4' } }, 'video_url'],
  ['bedrock', SONNET, image('https://x.test/a.png'), 'image_url'],
  ['bedrock', SONNET, image('data:image/bmp;base64,AAAA'), 'image_url'],
  ['bedrock', SONNET, { type: 'file', file: { file_id: 'file-1' } }, 'file'],
  ['bedrock', SONNET, file('data:application/zip;base64,UEsD'), 'file'],
  ['bedrock', 'amazon.nova-2-lite-v1:0', sound('g711'), 'input_audio'],
  ['bedrock', SONNET, { type: 'video_url', video_url: { url: 's3://bucket/a.mp4' } }, 'video_url'],
  ['cohere', 'command-a-03-2025', png, 'image_url'],
  ['cohere', 'command-a-plus-05-2026', image('data:image/bmp;base64,AAAA'), 'image_url'],
  ['cohere', 'command-a-plus-05-2026', file('data:application/pdf;base64,JVBE'), 'file'],
  ['cohere', 'command-a-plus-05-2026', sound('wav'), 'input_audio'],
  ['openai', 'gpt-3.5-turbo', png, 'image_url'],
  ['deepseek', 'deepseek-chat', file('data:application/pdf;base64,JVBE'), 'file'],
];

describe.each(LACKING)('a part that %s %s has no place for: %j', (type, model, part, name) => {
  it('passes it over while another is left', async () => {
    const { gateway, sent } = await stageOf({ models: { m: [`${type}/${model}`, 'openai-compatible/any-model'] } });
    expect(await outcomeOf(gateway, { model: 'm', ...said(text, part) })).toMatchObject({ ok: true });
    expect(sent()).toMatchObject([{ model: 'any-model', ...said(text, part) }]);
  });

  it('is named where none is', async () => {
    const { gateway, server } = await stageOf();
    const outcome = await outcomeOf(gateway, { model: `${type}/${model}`, ...said(text, part) });
    expect(outcome).toMatchObject({ ok: false, error: { status: 400, code: 'unsupported_operation', param: name } });
    expect(server.requests).toEqual([]);
  });

  it('is left out where the provider’s `drop` names it, and the rest goes out', async () => {
    const { gateway, sent } = await stageOf({}, { drop: [name] });
    expect(await outcomeOf(gateway, { model: `${type}/${model}`, ...said(text, part) })).toMatchObject({ ok: true });
    const [body] = sent();
    expect(JSON.stringify(body)).toContain('see');
    expect(JSON.stringify(body)).not.toMatch(/image|bmp|UEsD|file|g711|wav|video|AAAA|JVBE/);
  });
});

it('parts of one type that a wire takes stay beside those that it lacks', async () => {
  const { gateway, sent } = await stageOf({}, { drop: ['image_url'] });
  await outcomeOf(gateway, { model: `bedrock/${SONNET}`, ...said(text, image('https://x.test/a.png'), png) });
  expect(sent()).toMatchObject([{ messages: [{ content: [{ text: 'see' }, { image: { format: 'png' } }] }] }]);
});

it('a message of nothing else has no content then', async () => {
  const { gateway, sent } = await stageOf(
    {
      models: { m: [{ provider: 'openai-compatible', model: 'blind', capabilities: { vision: false } }] },
    } as Partial<GatewayConfig>,
    { drop: ['image_url'] },
  );
  await outcomeOf(gateway, { model: 'm', messages: [{ role: 'user', content: [png] }, user] });
  expect(sent()).toMatchObject([{ messages: [{ role: 'user', content: '' }, user] }]);
});

it('images in results of the Responses API are left out like those of chat', async () => {
  const { gateway, sent } = await stageOf({}, { drop: ['input_image'] });
  const input = [
    { role: 'user', content: 'look' },
    { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{}' },
    {
      type: 'function_call_output',
      call_id: 'c1',
      output: [
        { type: 'input_text', text: 'seen' },
        { type: 'input_image', image_url: 'data:image/png;base64,AAAA' },
      ],
    },
  ];
  const outcome = await outcomeOf(gateway, { model: 'cohere/command-a-03-2025', input }, 'responses');
  expect(outcome).toMatchObject({ ok: true });
  expect(sent()).toMatchObject([{ messages: [{}, {}, { role: 'tool', content: 'seen' }] }]);
});

it.each(WIRES)('$type sends the same with an empty list', async ({ type, model }) => {
  const { gateway, sent } = await stageOf({}, { drop: [] });
  await outcomeOf(gateway, { model: `${type}/${model}`, messages: [user], temperature: 0.5 });
  expect(JSON.stringify(sent())).toContain('0.5');
});
