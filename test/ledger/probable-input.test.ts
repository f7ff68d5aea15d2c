import { describe, expect, it } from 'vitest';
import type { Call } from '../../src/core/call.ts';
import { Emitter } from '../../src/events/emitter.ts';
import { createLedger } from '../../src/ledger/create-ledger.ts';
import { MemoryStore } from '../../src/stores/memory.ts';
import { callOf, deploymentOf, planOf } from '../support/ledger-plan.ts';
import { TestClock } from '../support/test-clock.ts';

const CONTEXT_WINDOW = 128_000;
const deployment = deploymentOf({ contextWindow: CONTEXT_WINDOW });

function expectedInput(params: Record<string, unknown>, operation: Call['operation'] = 'chat'): number {
  const ledger = createLedger({ store: new MemoryStore(), clock: new TestClock(), events: new Emitter() });
  const call = callOf({ plan: planOf({}), operation, params: { model: 'fast', ...params } });
  return ledger.estimate(call, [deployment]).expectedInputTokens;
}

const withParts = (...parts: unknown[]) => ({
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Read this.' }, ...parts] }],
});

describe('the input that routing expects', () => {
  it('leaves room in the context window beside a file that is named by its id', () => {
    expect(expectedInput(withParts({ type: 'file', file: { file_id: 'file-1' } }))).toBeLessThan(10_000);
  });

  it('does not take the bytes of a document for its tokens', () => {
    const file_data = `data:application/pdf;base64,${'A'.repeat(400_000)}`;
    expect(expectedInput(withParts({ type: 'file', file: { file_data } }))).toBeLessThan(CONTEXT_WINDOW / 4);
  });

  it('leaves room beside an earlier response', () => {
    expect(expectedInput({ input: 'Go on.', previous_response_id: 'resp_1' }, 'responses')).toBeLessThan(1_000);
  });

  it('counts images and speech', () => {
    const text = expectedInput(withParts());
    const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } };
    expect(expectedInput(withParts(image, image)) - text).toBe(2 * 1_600 + 1);
    const speech = { type: 'input_audio', input_audio: { data: 'A'.repeat(16_000), format: 'mp3' } };
    expect(expectedInput(withParts(speech)) - text).toBe(96);
  });
});
