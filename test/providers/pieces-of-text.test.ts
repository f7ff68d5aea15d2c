import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asPieceOfText as fromAnthropic } from '../../src/providers/anthropic/piece-of-text.ts';
import { asPieceOfText as fromGemini } from '../../src/providers/google/piece-of-text.ts';

const words = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom(
    '',
    'token ',
    '"',
    '\\',
    '\\"',
    '\n\n**A** \u2028',
    '\u0000',
    '\ud800',
    '}],"role":"model"}',
    '"} }',
    '日本語 🙂',
  ),
);
const count = fc.oneof(fc.nat(2_000), fc.constantFrom(0, -1, 1.5, 1e21, 2_147_483_648, 99_999_999_999));

const anthropic = fc.record({ index: count, text: words }).map(({ index, text }) => {
  return { type: 'content_block_delta', index, delta: { type: 'text_delta', text } };
});
const gemini = fc
  .record({
    text: words,
    counts: fc.tuple(count, count, count, count),
    thoughts: fc.option(count),
    tier: fc.option(words),
    name: words,
  })
  .map(({ text, counts: [promptTokenCount, candidatesTokenCount, totalTokenCount, tokenCount], thoughts, tier, name }) => ({
    candidates: [{ content: { parts: [{ text }], role: 'model' }, index: 0 }],
    usageMetadata: {
      promptTokenCount,
      candidatesTokenCount,
      totalTokenCount,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount }],
      ...(thoughts !== null && { thoughtsTokenCount: thoughts }),
      ...(tier !== null && { serviceTier: tier }),
    },
    modelVersion: name,
    responseId: 'answer',
  }));

/** The JSON of a value as a sender may write it: with all beyond ASCII escaped, or with what no sender should write. */
const spelt = (value: unknown, { escapes, hole, filling }: Spelling): string => {
  let text = JSON.stringify(value);
  if (escapes) text = text.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const at = hole % text.length;
  return filling === undefined ? text : text.slice(0, at) + filling + text.slice(at + (hole % 3));
};

interface Spelling {
  escapes: boolean;
  hole: number;
  filling: string | undefined;
}

const spelling: fc.Arbitrary<Spelling> = fc.record({
  escapes: fc.boolean(),
  hole: fc.nat(),
  filling: fc.option(fc.oneof(fc.string(), fc.constantFrom('\\', '"', '\\x', '\\u12', '0', '-', '\n', ' ', ',')), {
    nil: undefined,
  }),
});

describe.each([
  { wire: 'Anthropic', read: fromAnthropic as (data: string) => unknown, events: anthropic },
  { wire: 'Gemini', read: fromGemini as (data: string) => unknown, events: gemini },
])('a piece of text of $wire', ({ read, events }: { read: (data: string) => unknown; events: fc.Arbitrary<unknown> }) => {
  it('is read as JSON is, in any spelling and with any fault, or left to the parser', () => {
    fc.assert(
      fc.property(events, spelling, (event, how) => {
        const data = spelt(event, how);
        const read_ = read(data);
        if (read_ !== undefined) expect(JSON.stringify(read_)).toBe(JSON.stringify(JSON.parse(data)));
      }),
      { numRuns: 3_000 },
    );
  });

  it('is left to the parser where it is very long', () => {
    expect(
      read(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"${'\\n'.repeat(1e6)}"}}`),
    ).toBeUndefined();
  });
});

describe('a common piece of text', () => {
  it.each([
    {
      wire: 'Anthropic',
      read: fromAnthropic,
      data: '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a\\n\\"b\\""}     }',
    },
    {
      wire: 'Gemini',
      read: fromGemini,
      data:
        '{"candidates": [{"content": {"parts": [{"text": "a\\n\\"b\\""}],"role": "model"},"index": 0}],"usageMetadata": ' +
        '{"promptTokenCount": 211,"candidatesTokenCount": 4,"totalTokenCount": 215,"promptTokensDetails": ' +
        '[{"modality": "TEXT","tokenCount": 211}],"thoughtsTokenCount": 30,"serviceTier": "standard"},' +
        '"modelVersion": "gemini-2.5-flash","responseId": "U7-Faqj2EdiokdUP0q6f2Qg"}',
    },
  ])('of $wire needs no parser', ({ read, data }) => {
    expect(read(data)).toStrictEqual(JSON.parse(data));
  });
});
