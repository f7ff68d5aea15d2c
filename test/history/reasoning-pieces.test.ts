import fc from 'fast-check';
import type { GatewayConfig } from 'tollgate';
import { describe, expect, it } from 'vitest';
import type { ReasoningDetail } from '../../src/core/chat.ts';
import { addPiece, wholeBlocks } from '../../src/core/reasoning-blocks.ts';
import { bodies, gatewayOf, upstream } from '../public/harness.ts';
import { blocksOf, SIGNATURE, streamConverse, streamDeltas, strictVendor, turnOf } from './strict-upstream.ts';

type Json = Record<string, unknown>;

const format = 'anthropic-claude-v1';
const text = (index: number | undefined, piece: Partial<ReasoningDetail>): ReasoningDetail => ({
  ...{ type: 'reasoning.text', format, ...piece },
  ...(index === undefined ? {} : { index }),
});

describe('the pieces of a stream strung together', () => {
  it.each<[string, ReasoningDetail[], ReasoningDetail[]]>([
    [
      'signature last',
      [text(0, { text: 'a' }), text(0, { text: 'b' }), text(0, { signature: 's' })],
      [text(0, { text: 'ab', signature: 's' })],
    ],
    [
      'signature null before it comes',
      [text(0, { text: 'a', signature: null }), text(0, { text: '', signature: 's' })],
      [text(0, { text: 'a', signature: 's' })],
    ],
    [
      'signature first',
      [text(0, { text: 'a', signature: 's' }), text(0, { text: 'b' })],
      [text(0, { text: 'ab', signature: 's' })],
    ],
    [
      'signature on each',
      [text(0, { text: 'a', signature: 's' }), text(0, { text: 'b', signature: 's' })],
      [text(0, { text: 'ab', signature: 's' })],
    ],
    [
      'blocks that came in turns',
      [text(0, { text: 'a' }), text(1, { text: 'x' }), text(0, { text: 'b', signature: 's' }), text(1, { signature: 't' })],
      [text(0, { text: 'ab', signature: 's' }), text(1, { text: 'x', signature: 't' })],
    ],
    [
      'two signed blocks under one index',
      [text(0, { text: 'a' }), text(0, { signature: 's' }), text(0, { text: 'x' }), text(0, { signature: 't' })],
      [text(0, { text: 'a', signature: 's' }), text(0, { text: 'x', signature: 't' })],
    ],
    [
      'no index',
      [text(undefined, { text: 'a' }), text(undefined, { text: 'b', signature: 's' })],
      [text(undefined, { text: 'ab', signature: 's' })],
    ],
    [
      'a name and an id that only some pieces have',
      [text(0, { text: 'a', format: undefined, id: null }), text(0, { text: 'b', id: 'rs_1' })],
      [text(0, { text: 'ab', id: 'rs_1' })],
    ],
    [
      'a summary before its encrypted block',
      [
        { type: 'reasoning.summary', summary: 'a', index: 0 },
        { type: 'reasoning.summary', summary: 'b', index: 0 },
        { type: 'reasoning.encrypted', data: 'x', id: 'rs_1', index: 0 },
        { type: 'reasoning.encrypted', data: 'y', id: 'rs_2', index: 0 },
      ],
      [
        { type: 'reasoning.summary', summary: 'ab', index: 0 },
        { type: 'reasoning.encrypted', data: 'x', id: 'rs_1', index: 0 },
        { type: 'reasoning.encrypted', data: 'y', id: 'rs_2', index: 0 },
      ],
    ],
    [
      'Gemini’s signatures, which are whole',
      ['x', 'y'].map((data) => ({ type: 'reasoning.encrypted', data, format: 'google-gemini-v1', index: 0 })),
      ['x', 'y'].map((data) => ({ type: 'reasoning.encrypted', data, format: 'google-gemini-v1', index: 0 })),
    ],
    [
      'an encrypted block in two encodings',
      ['Zm9vYg==', 'YXI='].map((data) => ({ type: 'reasoning.encrypted', data, format, index: 0 })),
      [{ type: 'reasoning.encrypted', data: 'Zm9vYmFy', format, index: 0 }],
    ],
  ])('become whole blocks: %s', (_, pieces, blocks) => {
    const before = structuredClone(pieces);
    expect(wholeBlocks(pieces)).toEqual(blocks);
    expect(pieces).toEqual(before);
  });

  it('become the same blocks however they were cut, and whole blocks stay what they are', () => {
    const block = fc.record({ pieces: fc.array(fc.string(), { minLength: 1 }), signature: fc.string({ minLength: 1 }) });
    fc.assert(
      fc.property(fc.array(block), (blocks) => {
        const pieces = blocks.flatMap(({ pieces, signature }, index) => [
          ...pieces.map((piece) => text(index, { text: piece })),
          text(index, { signature }),
        ]);
        const whole = wholeBlocks(pieces);
        expect(whole.map(({ text = '', signature }) => ({ text, signature }))).toEqual(
          blocks.map(({ pieces, signature }) => ({ text: pieces.join(''), signature })),
        );
        expect(wholeBlocks(whole)).toBe(whole);
        const strung: ReasoningDetail[] = [];
        for (const piece of pieces) addPiece(strung, piece);
        expect(strung).toEqual(whole);
      }),
    );
  });
});

const CLAUDE = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const PIECES = [
  { type: 'reasoning.text', text: 'I ', signature: null, format, id: null, index: 0 },
  { type: 'reasoning.text', text: 'look', signature: null, format, id: null, index: 0 },
  { type: 'reasoning.text', text: '', signature: SIGNATURE, format, id: null, index: 0 },
];
const CALL = { index: 0, id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } };
const ask = { role: 'user', content: 'what is there?' };
const result = { role: 'tool', tool_call_id: 'call_1', content: 'a door' };
const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }];

/** The details of a streamed answer strung together as they come, as a turn of history. */
async function strung(chunks: AsyncIterable<{ choices: { delta: { reasoning_details?: Json[] } }[] }>): Promise<Json> {
  const reasoning_details: Json[] = [];
  for await (const { choices } of chunks) reasoning_details.push(...(choices[0]?.delta.reasoning_details ?? []));
  const { index, ...call } = CALL;
  return { role: 'assistant', content: null, reasoning_details, tool_calls: [call] };
}

describe.each([
  ['openrouter', 'anthropic/claude-sonnet-4.5'],
  ['vercel', 'anthropic/claude-sonnet-4.5'],
])('a stream of %s', (type, model) => {
  it.each([
    [type, model, (turn: Json) => turn.reasoning_details, [{ ...PIECES[2], text: 'I look' }]],
    [
      'anthropic',
      'claude-sonnet-4-5',
      (turn: Json) => (turn.content as Json[])[0],
      { type: 'thinking', thinking: 'I look', signature: SIGNATURE },
    ],
    [
      'bedrock',
      'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      (turn: Json) => (turn.content as Json[])[0],
      { reasoningContent: { reasoningText: { text: 'I look', signature: SIGNATURE } } },
    ],
  ])('goes back to %s in one piece, and thinking stays on', async (next, nextModel, reasoningOf, blocks) => {
    const server = await upstream((exchange) =>
      exchange.index === 0
        ? streamDeltas(exchange, ...PIECES.map((piece) => ({ reasoning: piece.text, reasoning_details: [piece] })), {
            tool_calls: [CALL],
          })
        : strictVendor(exchange),
    );
    const key = { apiKey: 'test-key-0123456789', baseURL: server.origin, region: 'us-east-1' };
    const { region, ...keyAlone } = key;
    const providers = {
      first: { type, ...keyAlone },
      next: next === 'bedrock' ? { type: next, ...key } : { type: next, ...keyAlone },
    };
    const gateway = gatewayOf({
      providers,
      models: { a: [`first/${model}`], b: [`next/${nextModel}`] },
    } as unknown as GatewayConfig);
    const params = { tools, reasoning_effort: 'medium' };
    const chunks = await gateway.chat.completions.create({ ...params, model: 'a', messages: [ask], stream: true } as never);
    const turn = await strung(chunks as never);
    expect(turn.reasoning_details).toHaveLength(3);
    await gateway.chat.completions.create({ ...params, model: 'b', messages: [ask, turn, result] } as never);
    const body = bodies(server)[1] ?? {};
    expect(reasoningOf(turnOf(server, 1, 1))).toEqual(blocks);
    expect(body.thinking ?? body.additionalModelRequestFields ?? body.reasoning ?? body.reasoning_effort).toBeDefined();
  });
});

it('what only this gateway’s own wires know does not go to a vendor with a closed list of names', async () => {
  const server = await upstream(strictVendor);
  const providers = { p: { type: 'openrouter', apiKey: 'test-key-0123456789', baseURL: server.origin } };
  const gateway = gatewayOf({ providers, models: { m: ['p/openai/gpt-5-mini'] } } as unknown as GatewayConfig);
  const own = ['bedrock-converse-v1', 'anthropic-messages-v1', 'cohere-v2'].map((name, index) => ({
    type: 'reasoning.text',
    text: 'hm',
    format: name,
    index,
  }));
  const turn = (reasoning_details: Json[]) => ({ role: 'assistant', content: 'hi', reasoning_content: 'hm', reasoning_details });
  const known = { ...PIECES[2], text: 'hm', index: 3 };
  await gateway.chat.completions.create({ model: 'm', messages: [ask, turn(own), ask, turn([...own, known]), ask] } as never);
  expect(turnOf(server, 0, 1)).toEqual({ role: 'assistant', content: 'hi', reasoning: 'hm' });
  expect(turnOf(server, 0, 3)).toEqual({ role: 'assistant', content: 'hi', reasoning: 'hm', reasoning_details: [known] });
});

describe('a redacted block of Bedrock in several deltas', () => {
  const delta = (contentBlockIndex: number, reasoningContent: Json): [string, Json] => [
    'contentBlockDelta',
    { contentBlockIndex, delta: { reasoningContent } },
  ];
  const stop = (contentBlockIndex: number): [string, Json] => ['contentBlockStop', { contentBlockIndex }];
  const whole = { type: 'reasoning.encrypted', data: 'Zm9vYmFy', format, index: 1 };

  it.each([
    ['and its end', [stop(1)]],
    ['whose end does not come', []],
  ])('%s is one block, in the stream and back again', async (_, end) => {
    const events = [
      ...[delta(0, { text: 'I look' }), delta(0, { signature: SIGNATURE }), stop(0)],
      ...[delta(1, { redactedContent: 'Zm9vYg==' }), delta(1, { redactedContent: 'YXI=' }), ...end],
    ];
    const server = await upstream((exchange) =>
      exchange.index === 0 ? streamConverse(exchange, events) : strictVendor(exchange),
    );
    const providers = { p: { type: 'bedrock', apiKey: 'test-key-0123456789', region: 'us-east-1', baseURL: server.origin } };
    const gateway = gatewayOf({ providers, models: { m: [`p/${CLAUDE}`] } } as unknown as GatewayConfig);
    const params = { model: 'm', tools, reasoning_effort: 'medium' };
    const turn = await strung(
      (await gateway.chat.completions.create({ ...params, messages: [ask], stream: true } as never)) as never,
    );
    expect((turn.reasoning_details as Json[]).filter(({ type }) => type === 'reasoning.encrypted')).toEqual([whole]);
    await gateway.chat.completions.create({ ...params, messages: [ask, turn, result] } as never);
    expect(blocksOf(server, 1, 1).slice(0, 2)).toEqual([
      { reasoningContent: { reasoningText: { text: 'I look', signature: SIGNATURE } } },
      { reasoningContent: { redactedContent: 'Zm9vYmFy' } },
    ]);
  });

  it('is one block in a history of pieces', async () => {
    const server = await upstream(strictVendor);
    const providers = { p: { type: 'bedrock', apiKey: 'test-key-0123456789', region: 'us-east-1', baseURL: server.origin } };
    const gateway = gatewayOf({ providers, models: { m: [`p/${CLAUDE}`] } } as unknown as GatewayConfig);
    const pieces = [
      { ...whole, data: 'Zm9vYg==' },
      { ...whole, data: 'YXI=' },
    ];
    const turn = { role: 'assistant', content: 'a door', reasoning_details: pieces };
    await gateway.chat.completions.create({ model: 'm', messages: [ask, turn, ask] } as never);
    expect(blocksOf(server, 0, 1)[0]).toEqual({
      reasoningContent: { redactedContent: 'Zm9vYmFy' },
    });
  });
});

describe('blocks on Bedrock', () => {
  const unsigned = { type: 'reasoning.text', text: 'hm', format: 'bedrock-converse-v1', index: 0 };
  const claudes = { ...PIECES[2], text: 'hm' };
  const profile = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdef';
  const asClaude = { additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 2_000 } } };

  it.each<[string, string, Json[], Json, boolean]>([
    ['of another family to GPT', 'openai.gpt-oss-120b-1:0', [unsigned], {}, false],
    ['of Claude to GPT', 'openai.gpt-oss-120b-1:0', [claudes], {}, false],
    ['of another family to DeepSeek', 'us.deepseek.r1-v1:0', [unsigned], {}, false],
    ['of Claude to Nova', 'us.amazon.nova-2-lite-v1:0', [claudes], {}, false],
    ['of another family to Claude', CLAUDE, [unsigned], {}, false],
    ['of Claude to Claude', CLAUDE, [claudes], {}, true],
    ['of another family to an id that tells none', profile, [unsigned], asClaude, false],
    ['of Claude to an id that tells none', profile, [claudes], {}, false],
    ['of Claude to an id that tells none and thinks as Claude does', profile, [claudes], asClaude, true],
  ])('%s', async (_, model, reasoning_details, more, isSent) => {
    const server = await upstream(strictVendor);
    const providers = { p: { type: 'bedrock', apiKey: 'test-key-0123456789', region: 'us-east-1', baseURL: server.origin } };
    const gateway = gatewayOf({ providers, models: { m: [`p/${model}`] } } as unknown as GatewayConfig);
    const turn = { role: 'assistant', content: 'a door', reasoning_content: 'hm', reasoning_details };
    await gateway.chat.completions.create({ model: 'm', messages: [ask, turn, ask], ...more } as never);
    expect(JSON.stringify(bodies(server)[0]?.messages).includes('reasoningContent')).toBe(isSent);
  });
});
