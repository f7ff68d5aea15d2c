import type { AskModel } from '../../core/asking.ts';
import type { GuardPlan } from '../../core/guard.ts';
import { Part } from '../../core/part.ts';
import type { Plan } from '../../core/plan.ts';
import type { Guards } from '../../guards/guards.ts';

/** The guards of each configuration, whose code is loaded only if there are any. */
export class GuardParts {
  /** How they ask models. */
  readonly #ask: AskModel;
  /** By the plan's list: it is what plans that differ in their prices alone have in common. */
  readonly #parts = new WeakMap<readonly GuardPlan[], Part<Guards>>();

  constructor(ask: AskModel) {
    this.#ask = ask;
  }

  /** What has to be loaded before calls can go by a plan. */
  partsOf({ guards }: Plan): readonly Part<Guards>[] {
    return guards === undefined || guards.length === 0 ? NONE : [this.#partOf(guards)];
  }

  /** The guards of a plan that has been loaded. */
  of({ guards }: Plan): Guards | undefined {
    return guards === undefined || guards.length === 0 ? undefined : this.#partOf(guards).value;
  }

  #partOf(plans: readonly GuardPlan[]): Part<Guards> {
    let part = this.#parts.get(plans);
    if (part === undefined) {
      part = new Part('guards', async () => {
        const { Guards } = await import('../../guards/guards.ts');
        return Guards.create(plans, this.#ask);
      });
      this.#parts.set(plans, part);
    }
    return part;
  }
}

const NONE: readonly Part<Guards>[] = [];
