import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lead, MAKERS, stageOf } from './random/lead.ts';
import { conversations } from './random/turns.ts';

/** `HISTORIES=20000 npx vitest run test/history/random-conversations.test.ts` tries more; `HISTORY_SEED` others. */
const HISTORIES = Number(process.env.HISTORIES ?? 20);
const SEED = Number(process.env.HISTORY_SEED ?? 11);

describe.each([true, false])('conversations as clients really lead them, over all wires (remembered: %s)', (remembers) => {
  it('go out as the vendors take them, with every word, call and result', { timeout: 60_000 + HISTORIES * 200 }, async () => {
    const stage = await stageOf(remembers);
    await fc.assert(
      fc.asyncProperty(conversations(MAKERS.length), async (conversation) => {
        expect(await lead(stage, conversation)).toEqual([]);
      }),
      { numRuns: HISTORIES, seed: SEED },
    );
  });
});
