// Written by `npm run generate` from the files beside it.
import type { JsonSchemaGuardConfig } from './json-schema.ts';
import type { ModelGuardConfig } from './model.ts';
import type { PatternGuardConfig } from './pattern.ts';
import type { PersonalDataGuardConfig } from './personal-data.ts';
import type { SecretsGuardConfig } from './secrets.ts';
import type { SizeGuardConfig } from './size.ts';

export type {
  JsonSchemaGuardConfig,
  ModelGuardConfig,
  PatternGuardConfig,
  PersonalDataGuardConfig,
  SecretsGuardConfig,
  SizeGuardConfig,
};

/** A ready-made guard as a configuration names it. */
export type ReadyMadeGuardConfig =
  | JsonSchemaGuardConfig
  | ModelGuardConfig
  | PatternGuardConfig
  | PersonalDataGuardConfig
  | SecretsGuardConfig
  | SizeGuardConfig;
