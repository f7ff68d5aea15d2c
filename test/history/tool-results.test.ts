import type { GatewayConfig } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { CallIds } from '../../src/providers/chat/call-ids.ts';
import { answerInKind } from '../input/wires.ts';
import { bodies, gatewayOf, upstream } from '../public/harness.ts';

type Json = Record<string, unknown>;

const CLAUDES = [
  ['anthropic', 'claude-sonnet-4-5', {}],
  ['vertex', 'claude-haiku-4-5@20251001', { project: 'p', region: 'us-east5' }],
  ['bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', { region: 'us-east-1' }],
] as const;

const ask = { role: 'user', content: 'what is there?' };
const call = (id: string) => ({ id, type: 'function', function: { name: 'look', arguments: '{}' } });
const calling = (...ids: string[]) => ({ role: 'assistant', content: null, tool_calls: ids.map(call) });
const result = (id: string, content: unknown, more: Json = {}) => ({ role: 'tool', tool_call_id: id, content, ...more });
const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }];

async function sentBy(type: string, model: string, settings: Json, params: Json, operation: 'chat' | 'responses' = 'chat') {
  const server = await upstream(answerInKind);
  const provider = { type, apiKey: 'test-key-0123456789', baseURL: server.origin, ...settings };
  const gateway = gatewayOf({ providers: { p: provider }, models: { m: [`p/${model}`] } } as unknown as GatewayConfig);
  if (operation === 'chat') await gateway.chat.completions.create({ model: 'm', tools, ...params } as never);
  else await gateway.responses.create({ model: 'm', ...params } as never);
  return bodies(server)[0] ?? {};
}

/** Calls and results of a body in their order: the id, and what a result says. */
function exchanges(body: Json): [string, unknown?][] {
  const found: [string, unknown?][] = [];
  for (const { content } of body.messages as { content: Json[] }[]) {
    for (const block of content) {
      const use = (block.toolUse ?? (block.type === 'tool_use' ? block : undefined)) as Json | undefined;
      const back = (block.toolResult ?? (block.type === 'tool_result' ? block : undefined)) as Json | undefined;
      if (use) found.push([String(use.toolUseId ?? use.id)]);
      if (back) found.push([String(back.toolUseId ?? back.tool_use_id), (back.content as { text: string }[])[0]?.text]);
    }
  }
  return found;
}

describe.each(CLAUDES)('%s with %s', (type, model, settings) => {
  it.each([
    [
      'numbered anew in each turn',
      [ask, calling('call_0'), result('call_0', 'a'), calling('call_0'), result('call_0', 'b')],
      [['call_0'], ['call_0', 'a'], ['call_0_1'], ['call_0_1', 'b']],
    ],
    [
      'repeated within a turn',
      [ask, calling('c', 'c'), result('c', 'a'), result('c', 'b')],
      [['c'], ['c_1'], ['c', 'a'], ['c_1', 'b']],
    ],
    [
      'that differ only in what the wire does not take',
      [ask, calling('look:0', 'look.0'), result('look.0', 'b'), result('look:0', 'a')],
      [['look_0'], ['look_0_1'], ['look_0_1', 'b'], ['look_0', 'a']],
    ],
    [
      'that look like one that was made here',
      [ask, calling('c', 'c_1', 'c'), result('c', 'a'), result('c_1', 'b'), result('c', 'd')],
      [['c'], ['c_1'], ['c_2'], ['c', 'a'], ['c_1', 'b'], ['c_2', 'd']],
    ],
    ['of a turn that got no results', [ask, calling('c'), ask, calling('c'), result('c', 'b')], [['c'], ['c_1'], ['c_1', 'b']]],
    ['that are empty', [ask, calling(''), result('', 'a')], [['call'], ['call', 'a']]],
  ])('sends each id once: ids %s', async (_, messages, expected) => {
    expect(exchanges(await sentBy(type, model, settings, { messages }))).toEqual(expected);
  });

  it('keeps a result that comes late before what the user said', async () => {
    const messages = [ask, calling('c', 'd'), result('c', 'a'), { role: 'user', content: 'and?' }, result('d', 'b')];
    const { messages: sent } = await sentBy(type, model, settings, { messages });
    const kinds = ((sent as { content: Json[] }[]).at(-1)?.content ?? []).map((block) =>
      block.toolResult || block.type === 'tool_result' ? 'result' : block.text,
    );
    expect(kinds).toEqual(['result', 'result', 'and?']);
  });
});

it('numbers an id that comes in every turn of a very long history without trying all numbers before', () => {
  const ids = new CallIds();
  const turn = () => {
    ids.beginTurn();
    return [ids.add('call_0'), ids.ofResult('call_0')];
  };
  // Quadratic, this is a minute.
  const turns = Array.from({ length: 20_000 }, turn);
  expect([turns[0], turns[1], turns.at(-1)]).toEqual([
    ['call_0', 'call_0'],
    ['call_0_1', 'call_0_1'],
    ['call_0_19999', 'call_0_19999'],
  ]);
});

it('cuts a long id to what Bedrock takes, and tells such ids apart', async () => {
  const long = 'x'.repeat(70);
  const messages = [ask, calling(`${long}1`, `${long}2`), result(`${long}1`, 'a'), result(`${long}2`, 'b')];
  const [one, two, first, second] = exchanges(await sentBy(...CLAUDES[2], { messages }));
  expect([one?.[0].length, two?.[0].length]).toEqual([64, 64]);
  expect([first?.[0], second?.[0]]).toEqual([one?.[0], two?.[0]]);
  expect(one?.[0]).not.toBe(two?.[0]);
});

describe('a result that is an error', () => {
  const messages = [ask, calling('c'), result('c', 'no door', { is_error: true })];
  const input = [
    ask,
    { type: 'function_call', call_id: 'c', name: 'look', arguments: '{}' },
    { type: 'function_call_output', call_id: 'c', output: 'no door', is_error: true },
  ];

  it.each([
    ['anthropic', 'claude-sonnet-4-5', {}, '"is_error":true'],
    ['bedrock', 'us.anthropic.claude-opus-5-20260801-v1:0', { region: 'us-east-1' }, '"status":"error"'],
    ['bedrock', 'amazon.nova-pro-v1:0', { region: 'us-east-1' }, '"status":"error"'],
    ['google', 'gemini-3-flash-preview', {}, '"response":{"error":"no door"}'],
    ['google', 'gemini-2.0-flash', {}, '"response":{"error":"no door"}'],
  ])('is one at %s, %s', async (type, model, settings, expected) => {
    expect(JSON.stringify(await sentBy(type, model, settings, { messages }))).toContain(expected);
    expect(JSON.stringify(await sentBy(type, model, settings, { input }, 'responses'))).toContain(expected);
  });

  it.each([
    ['bedrock', 'meta.llama3-3-70b-instruct-v1:0', { region: 'us-east-1' }],
    ['cohere', 'command-a-plus-05-2026', {}],
    ['openai', 'gpt-4o', {}],
    ['azure', 'gpt-4o', { apiVersion: 'v1' }],
    ['mistral', 'mistral-large-latest', {}],
    ['groq', 'llama-3.3-70b-versatile', {}],
    ['openrouter', 'anthropic/claude-sonnet-4.5', {}],
    ['openai-compatible', 'any', {}],
  ])('is its words where the vendor has no field for it: %s, %s', async (type, model, settings) => {
    const sent = JSON.stringify(await sentBy(type, model, settings, { messages }));
    expect(sent).toContain('no door');
    expect(sent).not.toMatch(/is_error|"status"/);
  });
});

describe.each([
  ['openai', 'gpt-5', {}],
  ['azure', 'gpt-5', { apiVersion: 'v1' }],
] as const)('%s, who takes text only in a result', (type, model, settings) => {
  const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
  const paper = { type: 'file', file: { file_data: 'data:application/pdf;base64,AAAA', filename: 'a.pdf' } };
  const seen = { type: 'text', text: 'seen' };

  it('gets pictures and papers of results in the user’s name, behind all results of the turn', async () => {
    const messages = [ask, calling('c', 'd'), result('c', [seen, picture]), result('d', [paper])];
    const sent = await sentBy(type, model, settings, { messages });
    expect(sent.messages).toEqual([
      ask,
      calling('c', 'd'),
      result('c', [seen]),
      result('d', ''),
      { role: 'user', content: [picture, paper] },
    ]);
  });

  it('gets them before what comes next, for each turn', async () => {
    const messages = [ask, calling('c'), result('c', [picture]), calling('d'), result('d', [paper]), ask];
    const sent = await sentBy(type, model, settings, { messages });
    expect((sent.messages as Json[]).map(({ role, content }) => (content === '' ? 'tool' : role))).toEqual([
      'user',
      'assistant',
      'tool',
      'user',
      'assistant',
      'tool',
      'user',
      'user',
    ]);
  });

  it('gets results of text as they are', async () => {
    const messages = [ask, calling('c', 'd'), result('c', [seen]), result('d', [])];
    expect((await sentBy(type, model, settings, { messages })).messages).toEqual(messages);
  });
});
