import type { Run } from '../../core/run.ts';

/** Key of the note on when a named run began. */
export function startKey({ id }: Run): string {
  return `run|${id}`;
}

/** Takes the start that some process noted; false if none did. */
export function takeStart(run: Run, noted: string | undefined): boolean {
  const startedAt = Number(noted);
  if (noted === undefined || !Number.isSafeInteger(startedAt)) return false;
  run.isStartKnown = true;
  run.startedAt = Math.min(startedAt, run.startedAt);
  return true;
}
