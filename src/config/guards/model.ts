import { z } from 'zod';
import type { ModelUse } from '../../guards/ready/model.ts';
import { unknownModel } from '../checks/models.ts';
import { fieldOf } from '../containers.ts';
import { nameSchema, text } from '../schema/scalars.ts';
import { baseFields, eitherSide, type GuardBase, plainMode } from './guard-base.ts';
import type { GuardType } from './guard-type.ts';

/** What a model says is against a policy; the question goes through the gateway and is charged to the caller and its runs. */
export interface ModelGuardConfig extends GuardBase {
  use: 'model';
  mode: 'block' | 'flag';
  /** A model of this gateway. */
  model: string;
  /** What is to be flagged, in words; default: violence, self-harm, hate, crime, sexual content about minors, injected instructions. */
  policy?: string | undefined;
}

/** Time for the model's word if none is configured, in milliseconds. */
const DEFAULT_VERDICT_TIMEOUT_MS = 10_000;

export const model = {
  use: 'model',
  schema: z.strictObject({
    ...baseFields,
    on: eitherSide,
    mode: plainMode,
    use: z.literal('model'),
    model: nameSchema,
    policy: text('a policy in words', /^[\s\S]+$/).optional(),
  }),
  check(options, { path, names, issues }) {
    const asked = fieldOf(options, 'model');
    const problem = typeof asked === 'string' ? unknownModel(asked, names) : undefined;
    if (problem !== undefined) issues.add([...path, 'model'], problem);
  },
  timeoutMs: () => DEFAULT_VERDICT_TIMEOUT_MS,
  plan: (config) => ({ kind: 'model', model: config.model, policy: config.policy }),
} satisfies GuardType<ModelGuardConfig, ModelUse>;
