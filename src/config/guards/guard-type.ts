import type { z } from 'zod';
import type { GuardUse } from '../../core/guard.ts';
import type { Issues, Path } from '../issues.ts';
import type { Names } from '../references.ts';
import type { GuardBase } from './guard-base.ts';

/** A ready-made guard that a configuration names by `use`: one file each in this folder, named like that. */
export interface GuardType<Config extends GuardBase & { readonly use: string }, Use extends GuardUse> {
  readonly use: Config['use'];
  readonly schema: z.ZodType<Config>;
  /** Adds what is wrong beyond the schema. The options may be anything: what the schema refuses, it has told of. */
  check?(options: unknown, place: OptionsPlace): void;
  /** Time for one check if none is configured, in milliseconds; default 1000. */
  timeoutMs?(config: Config): number;
  /** What the guard checks by: the options with their defaults. */
  plan(config: Config): Use;
}

/** Where the options stand, and what they may refer to. */
export interface OptionsPlace {
  readonly path: Path;
  readonly names: Names;
  readonly issues: Issues;
}
