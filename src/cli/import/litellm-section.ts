import { numberAt } from './litellm-account.ts';

/** Settings, and where they stand; an empty name is the top of the file. */
export interface Section {
  readonly name: string;
  readonly value: unknown;
}

/** The path of a setting. */
export function pathIn({ name }: Section, setting: string): string {
  return name === '' ? setting : `${name}.${setting}`;
}

/** The first of these settings that is a number. */
export function firstNumber(sections: readonly Section[], names: readonly string[]): number | undefined {
  const found = sections.flatMap(({ value }) => names.map((name) => numberAt(value, name)));
  return found.find((number) => number !== undefined);
}
