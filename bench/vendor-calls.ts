import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { type Calls, expectAnswer, expectStream } from './calls.ts';
import { PROMPT } from './prompt.ts';
import { DELTAS_PER_STREAM } from './upstream-facts.ts';

/** Anthropic's own client with its defaults, but for its retries. */
export function anthropicCalls(origin: string): Calls {
  const client = new Anthropic({ apiKey: 'bench', baseURL: origin, maxRetries: 0 });
  const params = {
    model: 'claude-sonnet-4-6',
    temperature: PROMPT.temperature,
    max_tokens: PROMPT.mostTokens,
    system: PROMPT.system,
    messages: [{ role: 'user' as const, content: PROMPT.user }],
  };
  return {
    async chat() {
      const { content, usage } = await client.messages.create(params);
      const [block] = content;
      expectAnswer(block?.type === 'text' ? block.text.length : 0, usage.output_tokens);
    },
    async stream() {
      let deltas = 0;
      let outputTokens: number | undefined;
      for await (const event of await client.messages.create({ ...params, stream: true })) {
        if (event.type === 'content_block_delta' && event.delta.type === 'text_delta' && event.delta.text) deltas += 1;
        else if (event.type === 'message_delta') outputTokens = event.usage.output_tokens;
      }
      expectStream(deltas, DELTAS_PER_STREAM, outputTokens);
    },
  };
}

/** Google's own client with its defaults. */
export function googleCalls(origin: string): Calls {
  const client = new GoogleGenAI({ apiKey: 'bench', httpOptions: { baseUrl: origin } });
  const { system: systemInstruction, temperature, mostTokens: maxOutputTokens, user: contents } = PROMPT;
  const params = { model: 'gemini-2.5-flash', contents, config: { systemInstruction, temperature, maxOutputTokens } };
  return {
    async chat() {
      const answer = await client.models.generateContent(params);
      expectAnswer(answer.text?.length, answer.usageMetadata?.candidatesTokenCount);
    },
    async stream() {
      let deltas = 0;
      let outputTokens: number | undefined;
      for await (const item of await client.models.generateContentStream(params)) {
        if (item.text) deltas += 1;
        outputTokens = item.usageMetadata?.candidatesTokenCount;
      }
      expectStream(deltas, DELTAS_PER_STREAM, outputTokens);
    },
  };
}
