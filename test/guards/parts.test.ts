import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Params } from '../../src/core/params.ts';
import type { GuardedCall } from '../../src/guards/call-guards.ts';
import { denies, guardedCall, guardPlan, guardsOf, PERSONAL_DATA, piecesOf } from './cases.ts';

type Shape = readonly [GuardedCall['operation'], string, (pieces: readonly string[]) => Params];

/** Where a text may come in parts. */
const SHAPES: readonly Shape[] = [
  ['chat', 'a message', (pieces) => ({ messages: [{ role: 'user', content: pieces.map(textPart) }] })],
  ['chat', "a tool's result", (pieces) => ({ messages: [{ role: 'tool', tool_call_id: 't', content: pieces.map(textPart) }] })],
  ['chat', 'a message with a picture between', (pieces) => ({ messages: [{ role: 'user', content: withPictures(pieces) }] })],
  ['responses', 'a message', (pieces) => ({ input: [{ role: 'user', content: pieces.map(inputPart) }] })],
  ['responses', 'a list of inputs', (pieces) => ({ input: pieces.map(inputPart) })],
  [
    'responses',
    "a tool's result",
    (pieces) => ({ input: [{ type: 'function_call_output', call_id: 'c', output: pieces.map(inputPart) }] }),
  ],
  ['moderations', 'an input', (pieces) => ({ input: pieces.map(textPart) })],
];

function textPart(text: string) {
  return { type: 'text', text };
}

function inputPart(text: string) {
  return { type: 'input_text', text };
}

function withPictures(pieces: readonly string[]) {
  return pieces.flatMap((text) => [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }, textPart(text)]);
}

/** The texts of all parts, one after the other. */
function told(value: unknown): string {
  if (Array.isArray(value)) return value.map(told).join('');
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([name, field]) => (name === 'text' && typeof field === 'string' ? field : told(field)))
    .join('');
}

const TEXT = 'ask joe@example.com or +1 213 373 4253, pay with 4111 1111 1111 1111.';

describe('a text in several parts', () => {
  it.each(SHAPES)('of %s is blocked in %s, wherever it is cut', async (operation, _, shape) => {
    await fc.assert(
      fc.asyncProperty(piecesOf('the Falcon flies'), async (pieces) => {
        const call = guardedCall(shape(pieces), { operation });
        const { guards, reports } = await guardsOf([guardPlan({ use: denies('Falcon') })], call);
        expect(await guards.guardInput()).toMatchObject({ action: 'block' });
        expect(reports).toMatchObject([{ findings: [{ kind: 'pattern', count: 1 }] }]);
      }),
      { numRuns: 25 },
    );
  });

  it.each(SHAPES)('of %s goes in %s without what is redacted, and comes back as it was', async (operation, _, shape) => {
    await fc.assert(
      fc.asyncProperty(piecesOf(TEXT), async (pieces) => {
        const params = shape(pieces);
        const { guards, reports } = await guardsOf(
          [guardPlan({ use: PERSONAL_DATA, mode: 'redact', on: 'input' })],
          guardedCall(params, { operation }),
        );
        const verdict = await guards.guardInput();
        if (verdict.action === 'block') throw verdict.error;
        const sent = told(verdict.params);
        expect(sent.replaceAll('…', '')).toBe('ask [EMAIL_1] or [PHONE_1], pay with [CARD_1].');
        expect(reports[0]?.findings.map(({ count }) => count)).toEqual([1, 1, 1]);
        const answer = await guards.guardAnswer({ choices: [{ message: { content: sent } }] });
        if (answer.action === 'block') throw answer.error;
        expect(answer.answer.choices[0]?.message.content.replaceAll('…', '')).toBe(TEXT);
      }),
      { numRuns: 25 },
    );
  });

  it('leaves no part empty that had a text', async () => {
    const content = ['joe@exam', 'ple.com', ' '].map(textPart);
    const { guards } = await guardsOf(
      [guardPlan({ use: PERSONAL_DATA, mode: 'redact' })],
      guardedCall({ messages: [{ role: 'user', content }] }),
    );
    expect(await guards.guardInput()).toMatchObject({
      params: { messages: [{ content: [{ text: '[EMAIL_1]' }, { text: '…' }, { text: ' ' }] }] },
    });
  });

  it('is also read part by part, where a part alone is a match', async () => {
    const content = ['Falcon', 'ry'].map(textPart);
    const { guards } = await guardsOf([guardPlan({ use: denies('\\bFalcon\\b') })], guardedCall({ messages: [{ content }] }));
    expect(await guards.guardInput()).toMatchObject({ action: 'block' });
  });

  it('is not put together out of two messages, prompts or inputs', async () => {
    for (const params of [
      { messages: ['Fal', 'con'].map((content) => ({ role: 'user', content })) },
      { prompt: ['Fal', 'con'] },
      { messages: ['Fal', 'con'].map((text) => ({ role: 'user', content: [textPart(text)] })) },
    ]) {
      const { guards } = await guardsOf([guardPlan({ use: denies('Falcon') })], guardedCall(params));
      expect(await guards.guardInput()).toMatchObject({ action: 'pass' });
    }
  });

  it('is blocked and masked in an answer, too', async () => {
    const answer = (pieces: readonly string[]) => ({
      output: [{ type: 'message', role: 'assistant', content: pieces.map((text) => ({ type: 'output_text', text })) }],
    });
    const params = { input: 'hi' };
    const call = () => guardedCall(params, { operation: 'responses' });
    const blocking = await guardsOf([guardPlan({ use: denies('Falcon') })], call());
    expect(await blocking.guards.guardAnswer(answer(['the Fal', 'con']))).toMatchObject({ action: 'block' });
    const masking = await guardsOf([guardPlan({ use: denies('Falcon'), mode: 'redact' })], call());
    expect(await masking.guards.guardAnswer(answer(['the Fal', 'con flies']))).toMatchObject({
      answer: answer(['the [PATTERN]', ' flies']),
    });
  });

  it('is shown to a guard of your own part by part, whose places are those of the part', async () => {
    const content = ['one', 'two three'].map(textPart);
    const plan = guardPlan({
      mode: 'redact',
      use: {
        kind: 'custom',
        guard: {
          name: 'own',
          on: 'input',
          mode: 'redact',
          check: ({ parts }) => parts.map((_, part) => ({ kind: 'number', part, start: 0, end: 3 })),
        },
      },
    });
    const { guards } = await guardsOf([plan], guardedCall({ messages: [{ role: 'user', content }] }));
    expect(await guards.guardInput()).toMatchObject({
      params: { messages: [{ content: [{ text: '[NUMBER_1]' }, { text: '[NUMBER_2] three' }] }] },
    });
  });
});
