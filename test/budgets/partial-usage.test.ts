import { routeOf } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { gatewayOf, messages, upstream } from '../public/harness.ts';

// As some proxies of Gemini send it: what came out is counted, what went in is not.
const usageMetadata = { candidatesTokenCount: 40, totalTokenCount: 40 };
const answer = {
  candidates: [{ content: { role: 'model', parts: [{ text: 'hello there' }] }, finishReason: 'STOP' }],
  usageMetadata,
  modelVersion: 'gemini-2.5-flash',
};

async function gemini() {
  const server = await upstream(async (exchange) => {
    if (!exchange.request.path.includes('streamGenerateContent')) return exchange.answer(200, answer);
    await exchange.sseHead();
    await exchange.sse(answer);
    await exchange.lastChunk();
  });
  return gatewayOf({
    providers: { google: { apiKey: 'key-of-google', baseURL: server.origin } },
    models: { m: [{ provider: 'google', model: 'gemini-2.5-flash', price: { input: 1, output: 2 } }] },
    countTokens: () => 25,
  });
}

const WHOLE = { inputTokens: 25, outputTokens: 40 };

describe('usage of which a wire told only a part is completed before the caller sees it', () => {
  it('in a whole answer', async () => {
    const gateway = await gemini();
    const completion = await gateway.chat.completions.create({ model: 'm', messages });
    expect(completion.usage).toMatchObject({ prompt_tokens: 25, completion_tokens: 40, total_tokens: 65 });
    expect(routeOf(completion)).toMatchObject({ usage: WHOLE, usageSource: 'estimated' });
  });

  it('in the last chunk of a stream', async () => {
    const gateway = await gemini();
    const options = { stream: true, stream_options: { include_usage: true } } as const;
    const stream = await gateway.chat.completions.create({ model: 'm', messages, ...options });
    const shown: unknown[] = [];
    for await (const { usage } of stream) if (usage) shown.push(usage);
    expect(shown).toMatchObject([{ prompt_tokens: 25, completion_tokens: 40, total_tokens: 65 }]);
    expect(JSON.stringify(shown)).not.toContain('unreported');
    expect(routeOf(stream)).toMatchObject({ usage: WHOLE, usageSource: 'estimated', costUsd: 0.000_105 });
  });

  it.each([true, false])('in a response, streamed: %j', async (stream) => {
    const gateway = await gemini();
    const response = stream
      ? await gateway.responses.stream({ model: 'm', input: 'hello' }).finalResponse()
      : await gateway.responses.create({ model: 'm', input: 'hello' });
    expect(response.usage).toMatchObject({ input_tokens: 25, output_tokens: 40, total_tokens: 65 });
  });
});
