import { describe, expect, it } from 'vitest';
import { bodies } from '../public/harness.ts';
import { claude, deepseek, kimi, openrouter, QUESTION, stage, TOOLS } from './vendors.ts';

interface Thinking {
  readonly reasoning_content?: string;
  readonly reasoning?: string;
}

const VENDORS = [
  ['Claude', claude],
  ['DeepSeek', deepseek],
  ['OpenRouter', openrouter],
] as const;

const FIELDS = [
  [undefined, { reasoning_content: 'Look it up.', reasoning: undefined }],
  ['reasoning_content', { reasoning_content: 'Look it up.', reasoning: undefined }],
  ['reasoning', { reasoning_content: undefined, reasoning: 'Look it up.' }],
  ['both', { reasoning_content: 'Look it up.', reasoning: 'Look it up.' }],
] as const;

describe.each(VENDORS)('the text of the thinking, over %s', (_name, vendor) => {
  it.each(FIELDS)('has its name by `reasoningField: %s`', async (reasoningField, expected) => {
    const { gateway, model } = await stage(vendor, undefined, { reasoningField });
    const params = { ...vendor.params, model, messages: [QUESTION], tools: TOOLS };
    const { choices } = await gateway.chat.completions.create(params);
    const { reasoning_content, reasoning } = (choices[0]?.message ?? {}) as Thinking;
    expect({ reasoning_content, reasoning }).toEqual(expected);
  });

  it.each(FIELDS)(
    'has it in the deltas of a stream, in the message of a helper and over HTTP: %s',
    async (reasoningField, expected) => {
      const { gateway, model } = await stage(vendor, undefined, { reasoningField });
      const params = { ...vendor.params, model, messages: [QUESTION], tools: TOOLS };
      const inDeltas: Record<string, string> = {};
      for await (const { choices } of await gateway.chat.completions.create({ ...params, stream: true })) {
        const { reasoning_content, reasoning } = (choices[0]?.delta ?? {}) as Thinking;
        if (reasoning_content) inDeltas.reasoning_content = (inDeltas.reasoning_content ?? '') + reasoning_content;
        if (reasoning) inDeltas.reasoning = (inDeltas.reasoning ?? '') + reasoning;
      }
      expect({ reasoning_content: undefined, reasoning: undefined, ...inDeltas }).toEqual(expected);
      const { reasoning_content, reasoning } = (await gateway.chat.completions.stream(params).finalMessage()) as Thinking;
      expect({ reasoning_content, reasoning }).toEqual(expected);
      const body = JSON.stringify({ ...params, stream: true });
      const events = await (await gateway.handler('http://gateway/v1/chat/completions', { method: 'POST', body })).text();
      expect(events.includes('"reasoning":"')).toBe(expected.reasoning !== undefined);
      expect(events.includes('"reasoning_content":"')).toBe(expected.reasoning_content !== undefined);
    },
  );
});

describe('thinking in the history', () => {
  it('is taken under either name', async () => {
    const { gateway, model, server } = await stage(kimi, 'Look it up.');
    const call = { id: 'call_9', type: 'function' as const, function: { name: 'weather', arguments: '{}' } };
    const result = { role: 'tool' as const, tool_call_id: 'call_9', content: 'sunny' };
    for (const field of ['reasoning', 'reasoning_content']) {
      const turn = { role: 'assistant' as const, content: null, tool_calls: [call], [field]: 'Look it up.' };
      await gateway.chat.completions.create({ model, messages: [QUESTION, turn, result], tools: TOOLS });
    }
    const turns = (bodies(server) as { messages: Thinking[] }[]).map(({ messages }) => messages[1]?.reasoning_content);
    expect(turns).toEqual(['Look it up.', 'Look it up.']);
  });
});
