import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { WordsSoFar } from '../../src/pipeline/reading/words-so-far.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const CHUNKS = 2_000;
const CHUNK_BYTES = 20_000;

/** Pieces of text as a decoder cuts them out of what came. */
function pieceOfChunk(at: number): string {
  const start = `piece number ${at}, which is long `;
  return Buffer.from(start.padEnd(CHUNK_BYTES, 'x')).toString('latin1').slice(0, start.length);
}

describe('the words of a stream so far', () => {
  it.each(['addText', 'addReasoning'] as const)('keep none of the chunks that they came in: %s', (add) => {
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    const words = new WordsSoFar();
    for (let at = 0; at < CHUNKS; at += 1) words[add](pieceOfChunk(at));
    collectGarbage();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan((CHUNKS * CHUNK_BYTES) / 4);
    expect(words.partial()[add === 'addText' ? 'text' : 'reasoning']).toContain(`piece number ${CHUNKS - 1}, `);
  });

  it.each([0, 1, 255, 256, 257, 513])('are all of them, in their order: %d', (count) => {
    const words = new WordsSoFar();
    const pieces = Array.from({ length: count }, (_, at) => `${at},`);
    for (const piece of pieces) {
      words.addText(piece);
      words.addReasoning(piece);
    }
    const whole = pieces.join('');
    expect(words.partial()).toEqual({ text: whole, reasoning: whole, toolCalls: [] });
    expect(words.reasoning.join('')).toBe(whole);
    words.forgetText();
    words.addText('anew');
    expect(words.partial().text).toBe('anew');
  });
});
