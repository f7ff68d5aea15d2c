import type { AskModel } from '../core/asking.ts';
import type { CustomUse, GuardPlan, GuardUse } from '../core/guard.ts';
import { CallGuards, type GuardedCall, type GuardServices } from './call-guards.ts';
import { GuardSelection } from './guard-selection.ts';
import type { JointRules } from './joint-rules.ts';
import { readyMadeGuards } from './ready/index.ts';
import { type GuardCheck, isFor, type ReadyGuard, readyGuard } from './ready-guard.ts';

/** Sets of guards that are kept ready. */
const MAX_SELECTIONS = 64;

/** The guards of a configuration, ready. */
export class Guards {
  readonly #guards: readonly ReadyGuard[];
  /** What the gateway itself asks a model is guarded by them alone. */
  readonly #unasking: readonly ReadyGuard[];
  /** By the places of their guards. */
  readonly #selections = new Map<string, GuardSelection>();
  readonly #joint = new Map<string, JointRules>();

  private constructor(guards: readonly ReadyGuard[]) {
    this.#guards = guards;
    this.#unasking = guards.filter((guard) => !skipsQuestions(guard));
  }

  /** Loads what the guards need. Rejects if an optional package is missing. */
  static async create(plans: readonly GuardPlan[], ask: AskModel): Promise<Guards> {
    const ready = async (plan: GuardPlan, place: number) => readyGuard(plan, await checkOf(plan, ask), place);
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

function looksAt({ check }: ReadyGuard, call: GuardedCall): boolean {
  return check.by !== 'content' || check.looksAt === undefined || check.looksAt(call);
}

function skipsQuestions({ check }: ReadyGuard): boolean {
  return check.by === 'content' && check.skipsQuestions === true;
}

function customGuard({ guard }: CustomUse): GuardCheck {
  return { by: 'content', check: (content, context) => guard.check(content, context) };
}

/** Throws for a kind that nothing checks by, which no configuration has. */
async function checkOf({ use }: GuardPlan, ask: AskModel): Promise<GuardCheck> {
  if (isCustom(use)) return customGuard(use);
  const readyMade = readyMadeGuards.get(use.kind);
  if (readyMade === undefined) throw new TypeError(`no guard is '${use.kind}'`);
  return readyMade.check(use, ask);
}

function isCustom(use: GuardUse): use is CustomUse {
  return use.kind === 'custom';
}
