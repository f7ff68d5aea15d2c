import type { AskModel } from '../core/asking.ts';
import type { GuardPlan } from '../core/guard.ts';
import { RunsAround } from '../core/runs-around.ts';
import { CallGuards, type GuardedCall, type GuardServices } from './call-guards.ts';
import { schemaOf } from './content/readable.ts';
import { GuardSelection } from './guard-selection.ts';
import type { JointRules } from './joint-rules.ts';
import { type FindFaults, schemaCheck, schemaFaults } from './ready/json-schema.ts';
import { modelCheck } from './ready/model.ts';
import { patternRules } from './ready/pattern.ts';
import { personalDataRules } from './ready/personal-data.ts';
import { schemaRepair } from './ready/repair.ts';
import { secretRules } from './ready/secrets.ts';
import { type GuardCheck, isFor, type ReadyGuard, readyGuard } from './ready-guard.ts';

/** Sets of guards that are kept ready. */
const MAX_SELECTIONS = 64;

/** The guards of a configuration, ready. */
export class Guards {
  readonly #guards: readonly ReadyGuard[];
  /** Those that ask no model: what the gateway itself asks is guarded by them alone. Its answer has a form of its own. */
  readonly #unasking: readonly ReadyGuard[];
  /** By the places of their guards. */
  readonly #selections = new Map<string, GuardSelection>();
  readonly #joint = new Map<string, JointRules>();

  private constructor(guards: readonly ReadyGuard[]) {
    this.#guards = guards;
    this.#unasking = guards.filter(({ plan }) => plan.use.kind !== 'model' && plan.use.kind !== 'json-schema');
  }

  /** Loads what the guards need. Rejects if an optional package is missing. */
  static async create(plans: readonly GuardPlan[], ask: AskModel, around = new RunsAround()): Promise<Guards> {
    const ready = async (plan: GuardPlan, place: number) => readyGuard(plan, await checkOf(plan, ask, around), place);
    return new Guards(await Promise.all(plans.map(ready)));
  }

  /**
   * The guards of one call; undefined if none is for it. `isQuestion`: the gateway itself asks it for another call, so
   * that no model is asked about it. `before`: those that have looked at it when it was to go to another model; they stay.
   */
  of(
    call: GuardedCall,
    services: GuardServices,
    { isQuestion, before }: { readonly isQuestion: boolean; readonly before?: CallGuards | undefined },
  ): CallGuards | undefined {
    const guards = (isQuestion ? this.#unasking : this.#guards).filter((guard) => isFor(guard, call) && looksAt(guard, call));
    const further = before === undefined ? guards : guards.filter((guard) => !before.guards.includes(guard));
    if (further.length === 0) return before;
    if (before === undefined) return new CallGuards(this.#selected(guards), call, services);
    const all = this.#guards.filter((guard) => before.guards.includes(guard) || further.includes(guard));
    return new CallGuards(this.#selected(all), call, services, before.goingOn(this.#selected(further)));
  }

  #selected(guards: readonly ReadyGuard[]): GuardSelection {
    const key = guards.map(({ place }) => place).join();
    let selection = this.#selections.get(key);
    if (selection === undefined) {
      if (this.#selections.size >= MAX_SELECTIONS) {
        this.#selections.clear();
        this.#joint.clear();
      }
      selection = new GuardSelection(guards, this.#joint);
      this.#selections.set(key, selection);
    }
    return selection;
  }
}

/** A guard of schemas that has none of its own looks only at answers that are to keep to one. */
function looksAt({ plan: { use } }: ReadyGuard, call: GuardedCall): boolean {
  return use.kind !== 'json-schema' || use.schema !== undefined || schemaOf(call) !== undefined;
}

function schemaGuard(faults: FindFaults, ask: AskModel | undefined): GuardCheck {
  return { by: 'content', check: schemaCheck(faults), repair: ask && schemaRepair(faults, ask) };
}

type CustomGuard = Extract<GuardPlan['use'], { kind: 'custom' }>;

/** What a guard of the user's own calls through the gateway is inside of the runs of the call that it looks at. */
function customGuard({ guard }: CustomGuard, around: RunsAround): GuardCheck {
  return {
    by: 'content',
    check(content, context, { call: { runs } }) {
      if (runs === undefined) return guard.check(content, context);
      return around.within(runs, () => guard.check(content, context));
    },
  };
}

async function checkOf({ use }: GuardPlan, ask: AskModel, around: RunsAround): Promise<GuardCheck> {
  switch (use.kind) {
    case 'custom':
      return customGuard(use, around);
    case 'secrets':
      return { by: 'rules', rules: secretRules(), allow: undefined };
    case 'personal-data':
      return { by: 'rules', rules: await personalDataRules(use.kinds, use.country), allow: undefined };
    case 'pattern':
      return { by: 'rules', rules: patternRules(use.deny), allow: use.allow.length === 0 ? undefined : patternRules(use.allow) };
    case 'size':
      return { by: 'size', maxCharacters: use.maxCharacters };
    case 'json-schema':
      return schemaGuard(await schemaFaults(use.schema), use.repair ? ask : undefined);
    case 'model':
      return { by: 'content', check: modelCheck(use.model, use.policy, ask) };
  }
}
