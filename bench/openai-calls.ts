import type { OpenAI } from 'openai';
import { type Calls, expectAnswer, expectStream } from './calls.ts';
import { PROMPT } from './prompt.ts';

/** The calls of OpenAI's client, and of a gateway, which is one; `deltas` of text are in each stream. */
export function openAiCalls(client: OpenAI, deltas: number, user = PROMPT.user): Calls {
  const params = chatParams(user);
  return {
    async chat() {
      const { choices, usage } = await client.chat.completions.create(params);
      expectAnswer(choices[0]?.message.content?.length, usage?.completion_tokens);
    },
    async stream() {
      const withUsage = { ...params, stream: true as const, stream_options: { include_usage: true } };
      let count = 0;
      let outputTokens: number | undefined;
      for await (const chunk of await client.chat.completions.create(withUsage)) {
        if (chunk.choices[0]?.delta.content) count += 1;
        if (chunk.usage) outputTokens = chunk.usage.completion_tokens;
      }
      expectStream(count, deltas, outputTokens);
    },
  };
}

export function chatParams(user: string) {
  return {
    model: 'bench-model',
    temperature: PROMPT.temperature,
    max_tokens: PROMPT.mostTokens,
    messages: [
      { role: 'system' as const, content: PROMPT.system },
      { role: 'user' as const, content: user },
    ],
  };
}
