import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/core/operation.ts';
import type { Params } from '../../src/core/params.ts';
import { type AskedFor, askedFor, TEXT_ONLY } from '../../src/ledger/asked-for.ts';
import { measure } from '../../src/ledger/measure.ts';
import { callOf, planOf } from '../support/ledger-plan.ts';

const plan = planOf({});
const say = (content: unknown) => ({ messages: [{ role: 'user', content }] });

function asked(operation: Operation, params: Params): AskedFor {
  return askedFor(operation, params, measure(callOf({ plan, operation, params })));
}

/** Names of what is asked for, without what follows from others. */
const names = (of: AskedFor) => Object.entries(of).flatMap(([name, is]) => (is && name !== 'special' ? [name] : []));

describe('what a call asks for', () => {
  it.each<[Operation, Params, string[]]>([
    ['chat', say('x'), ['openOutput']],
    ['chat', { ...say('x'), modalities: ['text'] }, []],
    ['chat', { ...say('x'), modalities: ['text', 'image'] }, ['outputImage']],
    // A spoken answer of before is named by its id, and heard again.
    ['chat', { ...say('x'), modalities: ['text', 'audio'] }, ['inputAudio', 'outputAudio']],
    ['chat', say([{ type: 'image_url', image_url: { url: 'x' } }]), ['inputImage', 'openOutput']],
    ['chat', say([{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }]), ['inputAudio', 'openOutput']],
    ['chat', say([{ type: 'file', file: { file_data: 'data:application/pdf;base64,AA' } }]), ['unseenInput', 'openOutput']],
    [
      'chat',
      say([{ type: 'file', file: { file_data: 'data:audio/mp3;base64,AA' } }]),
      ['inputAudio', 'unseenInput', 'openOutput'],
    ],
    ['chat', say([{ type: 'file', file: { file_id: 'https://x.test/a.mp4?b=1' } }]), ['inputVideo', 'unseenInput', 'openOutput']],
    ['chat', say([{ type: 'video_url', video_url: { url: 'https://x.test/a' } }]), ['inputVideo', 'openOutput']],
    ['chat', say([{ type: 'text', text: 'x', cache_control: { type: 'ephemeral', ttl: '1h' } }]), ['hourCache', 'openOutput']],
    ['responses', { input: 'x' }, ['openOutput']],
    ['responses', { input: 'x', previous_response_id: 'r' }, ['unseenInput', 'openOutput']],
    ['responses', { input: 'x', tools: [{ type: 'image_generation' }] }, ['outputImage', 'openOutput']],
    ['responses', { input: 'x', tools: [{ type: 'function', name: 'f' }, null] }, ['openOutput']],
    ['completions', { prompt: 'x' }, []],
    ['embeddings', { input: 'x' }, []],
    ['moderations', { input: 'x' }, []],
    ['images.generate', { prompt: 'x' }, ['outputImage']],
    ['images.edit', { prompt: 'x' }, ['inputImage', 'outputImage']],
    ['images.variation', {}, ['inputImage', 'outputImage']],
    ['audio.speech', { input: 'x' }, ['outputAudio']],
    ['audio.transcription', {}, ['inputAudio']],
    ['audio.translation', {}, ['inputAudio']],
  ])('in %s with %j is %j', (operation, params, expected) => {
    const found = asked(operation, params);
    expect(names(found)).toEqual(expected);
    expect(found.special).toBe(expected.some((name) => name === 'hourCache' || /^(input|unseen)/.test(name)));
  });

  it('makes no object for text', () => {
    expect(asked('embeddings', { input: 'x' })).toBe(TEXT_ONLY);
    expect(asked('chat', say('x'))).toBe(asked('chat', say('other')));
  });
});
