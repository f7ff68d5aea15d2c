import type { GatewayConfig } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { answerInKind } from '../input/wires.ts';
import { bodies, gatewayOf, upstream } from '../public/harness.ts';

type Json = Record<string, unknown>;

const asked = { role: 'user', content: 'One?' };
const again = { role: 'user', content: 'Two?' };
const thought = { type: 'reasoning.text', text: 'hm', signature: 'ErUBsigned', format: 'anthropic-claude-v1', index: 0 };
const call = (id: string) => ({ id, type: 'function', function: { name: 'look', arguments: '{}' } });
const result = (tool_call_id: string) => ({ role: 'tool', tool_call_id, content: 'a door' });

async function sentTo(type: string, model: string, params: Json, operation: 'chat' | 'responses' = 'chat'): Promise<Json> {
  const server = await upstream(answerInKind);
  const providers = { p: { type, apiKey: 'test-key-0123456789', baseURL: server.origin, region: 'us-east-1' } };
  const { chat, responses } = gatewayOf({ providers } as unknown as GatewayConfig);
  const asking = { model: `p/${model}`, ...params } as never;
  await (operation === 'chat' ? chat.completions.create(asking) : responses.create(asking));
  return bodies(server)[0] ?? {};
}

describe.each([
  ['openai', 'gpt-4o'],
  ['azure', 'gpt-4o'],
  ['mistral', 'mistral-large-latest'],
  ['deepseek', 'deepseek-v4-pro'],
  ['groq', 'qwen/qwen3-32b'],
])('a turn that says nothing, at %s', (type, model) => {
  it.each([
    ['filtered', { content: null }],
    ['as the client hands it on', { content: null, refusal: null, tool_calls: [], parsed: null, annotations: [] }],
    ['cut off while the model thought', { content: '', reasoning_content: 'hm', reasoning_details: [thought] }],
    ['of empty parts', { content: [{ type: 'text', text: '' }] }],
    ['without parts', { content: [] }],
  ])('is left out: %s', async (_, turn) => {
    const { messages } = await sentTo(type, model, { messages: [asked, { role: 'assistant', ...turn }, again] });
    expect(messages).toEqual([asked, again]);
  });

  it.each([
    ['calls', { content: null, tool_calls: [call('abcdefghi')] }],
    ['says something', { content: 'A door.' }],
    ["has a vendor's own field", { content: '', prefix: true }],
  ])('stays if it %s', async (_, turn) => {
    const { messages } = await sentTo(type, model, { messages: [asked, { role: 'assistant', ...turn }, again] });
    expect(messages).toHaveLength(3);
  });
});

describe.each([
  ['anthropic', 'claude-haiku-4-5'],
  ['bedrock', 'us.anthropic.claude-haiku-4-5-20251001-v1:0'],
])('a history that ends while the model thinks, at %s', (type, model) => {
  const ending = { role: 'assistant', content: null, reasoning_details: [thought] };

  it('ends with what was said before', async () => {
    const { messages } = await sentTo(type, model, { messages: [asked, ending] });
    expect((messages as Json[]).map(({ role }) => role)).toEqual(['user']);
  });

  it('keeps the words before the thinking', async () => {
    const { messages } = await sentTo(type, model, { messages: [asked, { role: 'assistant', content: 'A door.' }, ending] });
    expect(JSON.stringify((messages as Json[]).at(-1))).toMatch(/A door\./);
    expect(JSON.stringify(messages)).not.toContain('hm');
  });

  it('does without thinking in a loop that an empty turn stands behind', async () => {
    const calling = { role: 'assistant', content: null, tool_calls: [call('call_1')] };
    const messages = [asked, calling, result('call_1'), { role: 'assistant', content: '' }, again];
    const sent = await sentTo(type, model, { messages, reasoning_effort: 'medium', max_completion_tokens: 8_000 });
    expect(JSON.stringify(sent)).not.toContain('budget_tokens');
    expect((sent.messages as Json[]).map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
  });
});

describe('ids of tool calls that are longer than the vendor takes', () => {
  const long = (more: string) => `codex_mcp__${'server'.repeat(10)}__tool_${more}`;

  it.each(['openai', 'azure', 'openrouter', 'vercel', 'github-models'])(
    'become short ones, call and result alike, at %s',
    async (type) => {
      const calling = { role: 'assistant', content: null, tool_calls: [call(long('a')), call(long('b')), call('call_short')] };
      const history = [asked, calling, result(long('b')), result(long('a')), result('call_short')];
      const messages = (await sentTo(type, 'gpt-4o', { messages: history })).messages as (Json & {
        tool_calls: { id: string }[];
      })[];
      const [first, second, third] = messages[1]?.tool_calls.map(({ id }) => id) ?? [];
      expect(messages.slice(2).map(({ tool_call_id }) => tool_call_id)).toEqual([second, first, third]);
      expect([third, new Set([first, second, third]).size]).toEqual(['call_short', 3]);
      for (const id of [first, second]) expect(id).toMatch(/^[\w-]{1,40}$/);
    },
  );

  it.each(['groq', 'litellm', 'moonshot', 'openai-compatible'])('stay as they are at %s', async (type) => {
    const history = [asked, { role: 'assistant', content: null, tool_calls: [call(long('a'))] }, result(long('a'))];
    const { messages } = await sentTo(type, 'any', { messages: history });
    expect((messages as Json[])[2]).toMatchObject({ tool_call_id: long('a') });
  });

  it('are bounded at 64 in the Responses API, whatever is called', async () => {
    const input = [
      { role: 'user', content: 'One?' },
      { type: 'function_call', call_id: long('a'), name: 'look', arguments: '{}' },
      { type: 'custom_tool_call', call_id: long('b'), name: 'run', input: 'x' },
      { type: 'function_call_output', call_id: long('a'), output: 'a door' },
      { type: 'custom_tool_call_output', call_id: long('b'), output: 'done' },
    ];
    const sent = (await sentTo('openai', 'gpt-5', { input }, 'responses')).input as { call_id?: string }[];
    const [, first, second, firstResult, secondResult] = sent.map(({ call_id }) => call_id);
    expect([firstResult, secondResult]).toEqual([first, second]);
    expect(first).not.toBe(second);
    for (const id of [first, second]) expect(id).toMatch(/^[\w-]{1,64}$/);
  });
});
