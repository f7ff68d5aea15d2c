import { isRecord } from '../../core/json.ts';

/** What is wrong with a value: where below it, and what should be there. Constants, so that params in order cost nothing. */
export interface Problem {
  readonly at: string;
  readonly expected: string;
}

/** OpenAI's optional fields may be null. */
export function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

export function isTextOrAbsent(value: unknown): boolean {
  return typeof value === 'string' || isAbsent(value);
}

export function isRecordOrAbsent(value: unknown): boolean {
  return isAbsent(value) || isRecord(value);
}
