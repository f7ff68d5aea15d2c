import { expect, test } from 'vitest';
import { judgedAs } from '../../src/providers/openai/judged-as.ts';
import { unsupportedParams } from '../../src/providers/openai/unsupported.ts';
import { vendors } from '../../src/providers/vendors.ts';

const MODELS = [
  'gpt-5',
  'gpt-5-mini',
  'gpt-4o',
  'o3',
  'o1-mini',
  'claude-sonnet-4-5',
  'deepseek-reasoner',
  'gemini-2.5-pro',
  'x',
];
const ASKED = [
  { temperature: 0.5, top_p: 0.5, presence_penalty: 1, logit_bias: { a: 1 }, logprobs: true, n: 2, stop: ['x'] },
  { tools: [{}], tool_choice: 'required', reasoning_effort: 'high' },
  { messages: [{ role: 'assistant', tool_calls: [{}] }, { role: 'tool' }], thinking: { type: 'enabled' } },
];

test('models that a vendor judges alike are refused the same params', () => {
  for (const { quirks } of vendors.values()) {
    const refusals = new Map<string, unknown>();
    for (const upstreamModel of MODELS) {
      const refused = ASKED.map((asked) =>
        unsupportedParams({ operation: 'chat', upstreamModel, params: { messages: [], ...asked } }, quirks),
      );
      const known = refusals.get(judgedAs(upstreamModel, quirks));
      if (known !== undefined) expect(refused).toEqual(known);
      refusals.set(judgedAs(upstreamModel, quirks), refused);
    }
    expect(refusals.size).toBeGreaterThan(0);
  }
});
