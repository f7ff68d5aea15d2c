// Written by `npm run generate` from the files beside it.
import type { GuardUse } from '../../core/guard.ts';
import { type JsonSchemaUse, jsonSchema } from './json-schema.ts';
import { type ModelUse, model } from './model.ts';
import { type PatternUse, pattern } from './pattern.ts';
import { type PersonalDataUse, personalData } from './personal-data.ts';
import type { ReadyMade } from './ready-made.ts';
import { type SecretsUse, secrets } from './secrets.ts';
import { type SizeUse, size } from './size.ts';

const GUARDS: readonly ReadyMade<GuardUse>[] = [jsonSchema, model, pattern, personalData, secrets, size];

/** The ready-made guards by the `use` of their configuration. */
export const readyMadeGuards: ReadonlyMap<string, ReadyMade<GuardUse>> = new Map(GUARDS.map((each) => [each.kind, each]));

/** What any of them checks by. */
export type ReadyMadeUse = JsonSchemaUse | ModelUse | PatternUse | PersonalDataUse | SecretsUse | SizeUse;
