import type { GuardPlan } from '../core/guard.ts';
import { CallGuards, type GuardedCall, type GuardServices } from './call-guards.ts';
import { jsonSchemaCheck } from './ready/json-schema.ts';
import { type AskModel, modelCheck } from './ready/model.ts';
import { patternRules } from './ready/pattern.ts';
import { personalDataRules } from './ready/personal-data.ts';
import { secretRules } from './ready/secrets.ts';
import { type GuardCheck, isFor, type ReadyGuard, readyGuard } from './ready-guard.ts';

/** The guards of a configuration, ready. */
export class Guards {
  readonly #guards: readonly ReadyGuard[];
  /** Those that ask no model: what guards themselves ask is guarded by them alone. */
  readonly #unasking: readonly ReadyGuard[];

  private constructor(guards: readonly ReadyGuard[]) {
    this.#guards = guards;
    this.#unasking = guards.filter(({ plan }) => plan.use.kind !== 'model');
  }

  /** Loads what the guards need. Rejects if an optional package is missing. */
  static async create(plans: readonly GuardPlan[], ask: AskModel): Promise<Guards> {
    return new Guards(await Promise.all(plans.map(async (plan) => readyGuard(plan, await checkOf(plan, ask)))));
  }

  /**
   * The guards of one call; undefined where none is for it. `isAskedByGuard`: the call is a guard's own question, so that no
   * model is asked about it.
   */
  of(call: GuardedCall, services: GuardServices, isAskedByGuard = false): CallGuards | undefined {
    const guards = (isAskedByGuard ? this.#unasking : this.#guards).filter((guard) => isFor(guard, call));
    return guards.length === 0 ? undefined : new CallGuards(guards, call, services);
  }
}

async function checkOf({ use }: GuardPlan, ask: AskModel): Promise<GuardCheck> {
  switch (use.kind) {
    case 'custom':
      return { by: 'content', check: (content, context) => use.guard.check(content, context) };
    case 'secrets':
      return { by: 'rules', rules: secretRules(), allow: undefined };
    case 'personal-data':
      return { by: 'rules', rules: await personalDataRules(use.kinds, use.country), allow: undefined };
    case 'pattern':
      return { by: 'rules', rules: patternRules(use.deny), allow: use.allow.length === 0 ? undefined : patternRules(use.allow) };
    case 'size':
      return { by: 'size', maxCharacters: use.maxCharacters };
    case 'json-schema':
      return { by: 'content', check: await jsonSchemaCheck(use.schema) };
    case 'model':
      return { by: 'content', check: modelCheck(use.model, use.policy, ask) };
  }
}
