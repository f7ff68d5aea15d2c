import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { ChunkPattern } from '../../../src/providers/openai/chunk-pattern.ts';

const PROBE = '\u2063tollgate\u2063';
const words = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    'token ',
    '"',
    '\\',
    '\\"',
    '\n',
    '\u0000',
    '\ud800',
    PROBE,
    '"delta":{"content":"',
    '","obfuscation":"',
    '日本語',
  ),
);
const delta = fc.oneof(
  { weight: 5, arbitrary: words.map((content) => ({ content })) },
  words.map((content) => ({ role: 'assistant', content })),
  words.map((content) => ({ content, tool_calls: [{ delta: { content } }] })),
  fc.constant({}),
);
const choice = fc.tuple(delta, fc.option(fc.constant('stop'))).map(([said, finish_reason]) => {
  return { index: 0, delta: said, logprobs: null, finish_reason };
});
const extra = fc.oneof(
  { weight: 5, arbitrary: fc.constant({}) },
  words.map((obfuscation) => ({ obfuscation })),
  words.map((obfuscation) => ({ obfuscation, more: 1 })),
  words.map((content) => ({ usage: { delta: { content } } })),
);
const chunk = fc
  .tuple(fc.oneof({ weight: 9, arbitrary: fc.tuple(choice) }, fc.tuple(choice, choice), fc.constant([])), extra)
  .map(([choices, more]) => ({ id: 'chatcmpl-1', created: 1_700_000_000, choices, usage: null, ...more }));

/** The JSON of a chunk, at times with a wrong or doubled part. */
const spelt = fc
  .tuple(chunk, fc.nat(400), fc.option(fc.constantFrom('"', '\\', '}', ' ', '"choices":[{"delta":{"content":"x"}}],', '\t')))
  .map(([value, place, filling]) => {
    const text = JSON.stringify(value);
    const at = place % text.length;
    return filling === null ? text : text.slice(0, at) + filling + text.slice(at + (place % 3));
  });

describe('the chunks of a stream, read by the pattern of those before', () => {
  it('are what JSON makes of them, or no JSON', () => {
    fc.assert(
      fc.property(fc.array(spelt, { minLength: 2, maxLength: 12 }), (stream) => {
        const pattern = new ChunkPattern();
        for (const data of stream) expect(outcome(() => pattern.read(data))).toEqual(outcome(() => JSON.parse(data)));
      }),
      { numRuns: 150 },
    );
  });

  it.each([{}, { obfuscation: 'aB3' }])('cost the parser no more than the first ones, with %o', (more) => {
    const pattern = new ChunkPattern();
    const said = ['', 'one', 'two ', '日本語', 'five'].map((content, place) => dataOf(content, more, place));
    pattern.read(said[0] ?? '');
    const parse = vi.spyOn(JSON, 'parse');
    const read = said.map((data) => pattern.read(data));
    expect(parse).not.toHaveBeenCalled();
    parse.mockRestore();
    expect(read.map((value) => JSON.stringify(value))).toEqual(said);
  });

  it('are objects of their own', () => {
    const pattern = new ChunkPattern();
    const [, second, third] = ['one', 'two', 'three'].map((text) => pattern.read(dataOf(text, {}, 0)) as Chunk);
    expect(second?.choices).not.toBe(third?.choices);
    expect(second?.choices[0]).not.toBe(third?.choices[0]);
    expect([second?.choices[0]?.delta, third?.choices[0]?.delta]).toEqual([{ content: 'two' }, { content: 'three' }]);
  });

  it('are looked at a few times only, where each is another', () => {
    const pattern = new ChunkPattern();
    const stream = Array.from({ length: 20 }, (_, place) =>
      JSON.stringify({ place, choices: [{ index: 0, delta: { content: 'a' } }] }),
    );
    const parse = vi.spyOn(JSON, 'parse');
    for (const data of stream) pattern.read(data);
    const parsed = parse.mock.calls.length;
    parse.mockRestore();
    expect(parsed).toBe(24);
  });
});

interface Chunk {
  readonly choices: readonly { readonly delta: object }[];
}

function dataOf(content: string, more: { obfuscation?: string }, place: number): string {
  const padding = more.obfuscation && { obfuscation: more.obfuscation.repeat(place) };
  return JSON.stringify({ id: 'chatcmpl-1', created: 1, choices: [{ index: 0, delta: { content } }], ...padding });
}

function outcome(read: () => unknown): unknown {
  try {
    return { value: read() };
  } catch {
    return 'no JSON';
  }
}
