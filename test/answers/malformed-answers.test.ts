import { describe, expect, it } from 'vitest';
import { outcomeOf, stageOf } from '../input/wires.ts';

const hi = [{ role: 'user', content: 'hi' }];

const gemini = (candidates: unknown) => ({
  responseId: 'r1',
  candidates,
  usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
});
const cohere = (content: unknown) => ({
  id: 'c1',
  message: { role: 'assistant', content },
  finish_reason: 'COMPLETE',
  usage: { tokens: { input_tokens: 10, output_tokens: 5 } },
});
const converse = (content: unknown) => ({
  output: { message: { role: 'assistant', content } },
  stopReason: 'end_turn',
  usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 },
});

describe('a whole answer in which a translation stumbles', () => {
  const cases = [
    { type: 'google', what: 'a part is null', body: gemini([{ content: { parts: [null] }, finishReason: 'STOP' }]) },
    { type: 'google', what: 'a candidate is null', body: gemini([null]) },
    { type: 'bedrock', what: 'a block is null', body: converse([null]) },
    { type: 'cohere', what: 'a block is null', body: cohere([null]) },
  ];

  it.each(cases.flatMap((entry) => [false, true].map((stream) => ({ ...entry, stream }))))(
    'is no answer of $type, and its usage is counted: $what (stream: $stream)',
    async ({ type, body, stream }) => {
      const { gateway, attempts } = await stageOf({}, {}, (exchange) => exchange.answer(200, body));

      const call = gateway.chat.completions.create({ model: `on ${type}`, messages: hi, stream } as never, { maxRetries: 0 });

      await expect(call).rejects.toMatchObject({ status: 502, message: expect.not.stringContaining('null') });
      expect(attempts).toMatchObject([{ usage: { inputTokens: 10, outputTokens: 5 }, failure: { kind: 'invalid-response' } }]);
    },
  );
});

describe('an answer that says it in another form', () => {
  it.each([false, true])('has the text that Cohere gives as a string (stream: %s)', async (stream) => {
    const { gateway } = await stageOf({}, {}, (exchange) => exchange.answer(200, cohere('said')));

    expect(await textOf(gateway, { model: 'on cohere', messages: hi, stream })).toBe('said');
  });

  it('has the arguments that a host of the Messages API gives as JSON', async () => {
    const { gateway } = await stageOf({}, {}, (exchange) =>
      exchange.answer(200, {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'm',
        content: [{ type: 'tool_use', id: 'c1', name: 'look', input: '{"at":"a"}' }],
        stop_reason: 'tool_use',
        usage: { input_tokens: 10, output_tokens: 5 },
      }),
    );

    const outcome = await outcomeOf(gateway, { model: 'on anthropic', messages: hi });

    expect(outcome).toMatchObject({
      body: { choices: [{ message: { tool_calls: [{ id: 'c1', function: { name: 'look', arguments: '{"at":"a"}' } }] } }] },
    });
  });
});

async function textOf(gateway: Parameters<typeof outcomeOf>[0], params: Record<string, unknown>): Promise<string> {
  const outcome = await outcomeOf(gateway, params);
  if (!outcome.ok) throw outcome.error;
  if (params.stream !== true)
    return (outcome.body as { choices: { message: { content: string } }[] }).choices[0]?.message.content ?? '';
  let text = '';
  for await (const chunk of outcome.body as AsyncIterable<{ choices: { delta: { content?: string } }[] }>) {
    text += chunk.choices[0]?.delta.content ?? '';
  }
  return text;
}
