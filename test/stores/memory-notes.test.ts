import { describe, expect, it } from 'vitest';
import { MemoryNotes } from '../../src/stores/memory-notes.ts';

describe('notes in memory', () => {
  it('keep the newest, and look at few others for each note that comes once they are full', () => {
    const notes = new MemoryNotes(1_000);
    let looks = 0;
    const now = {
      valueOf() {
        looks += 1;
        return 5;
      },
    } as unknown as number;
    for (let note = 0; note < 5_000; note += 1) notes.keep(`note-${note}`, 'text', 10, now);
    expect(looks).toBeLessThan(5_000 * 12);
    expect(notes.read('note-4999', 5)).toBe('text');
    expect(notes.read('note-4000', 5)).toBe('text');
    expect(notes.read('note-3999', 5)).toBeUndefined();
  });

  it('make room by what is over before what is not', () => {
    const notes = new MemoryNotes(100);
    notes.keep('lasting', 'text', 1_000, 0);
    for (let note = 0; note < 100; note += 1) notes.keep(`short-${note}`, 'text', 10, 0);
    notes.keep('next', 'text', 1_000, 20);
    expect(notes.read('next', 20)).toBe('text');
    notes.keep('lasting', 'text', 1_000, 20);
    for (let note = 0; note < 90; note += 1) notes.keep(`more-${note}`, 'text', 1_000, 20);
    expect(notes.read('lasting', 20)).toBe('text');
  });
});
