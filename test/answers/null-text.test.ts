import { expect, it } from 'vitest';
import { messages } from '../public/harness.ts';
import { openStream, readAll, stageOf } from './stage.ts';
import { bytesOf, STREAM_WIRES, SURFACES, streamHead } from './wires.ts';

const WHOLE: Record<string, unknown> = {
  anthropic: {
    content: [
      { type: 'thinking', thinking: null, signature: 's' },
      { type: 'text', text: null },
      { type: 'text', text: 'hi' },
    ],
    stop_reason: 'end_turn',
  },
  google: {
    candidates: [
      {
        content: { parts: [{ text: null, thought: true, thoughtSignature: 's' }, { text: null }, { text: 'hi' }] },
        finishReason: 'STOP',
      },
    ],
  },
  bedrock: {
    output: { message: { content: [{ reasoningContent: { reasoningText: { text: null } } }, { text: 'hi' }] } },
    stopReason: 'end_turn',
  },
  cohere: {
    message: {
      tool_plan: null,
      content: [
        { type: 'text', text: null },
        { type: 'text', text: 'hi' },
      ],
    },
    finish_reason: 'COMPLETE',
  },
};
const PARTS = [
  { type: 'thinking', thinking: [{ type: 'text', text: null }] },
  { type: 'text', text: null },
  { type: 'text', text: 'hi' },
];
const OPENAI = {
  choices: [{ index: 0, message: { role: 'assistant', content: PARTS, reasoning_content: null }, finish_reason: 'stop' }],
};

it.each(STREAM_WIRES.filter(({ operation }) => operation === 'chat'))(
  'a text of null is none in a whole answer of $type',
  async ({ type, model }) => {
    const { gateway } = await stageOf(STREAM_WIRES, (exchange) => exchange.answer(200, WHOLE[type] ?? OPENAI));
    const answer = await gateway.chat.completions.create({ model: `${type}/${model}`, messages });
    expect(answer.choices[0]?.message.content).toBe('hi');
    expect(answer.choices[0]?.message).not.toHaveProperty('reasoning_content', expect.stringContaining('null'));
  },
);

it.each(SURFACES)('a text of null is none in a stream of $wire.type ($wire.operation as $as)', async ({ wire, as }) => {
  const nulled = JSON.parse(JSON.stringify(wire.events).replaceAll(/"(Let me |so )"/g, 'null'));
  const { gateway } = await stageOf(STREAM_WIRES, async (exchange) => {
    await streamHead(exchange, wire);
    await exchange.write(bytesOf(wire, nulled));
    exchange.end();
  });
  const said = JSON.stringify(await readAll(await openStream(gateway, wire, as)));
  expect(said).toContain('see.');
  expect(said).not.toContain('"null');
});
