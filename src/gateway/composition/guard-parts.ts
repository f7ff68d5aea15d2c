import type { GuardPlan } from '../../core/guard.ts';
import { Part } from '../../core/part.ts';
import type { Plan } from '../../core/plan.ts';
import type { Guards } from '../../guards/guards.ts';
import type { AskModel } from '../../guards/ready/model.ts';

/** The guards of each configuration, whose code is loaded only where there are any. */
export class GuardParts {
  /** How they ask models; set before any call. */
  ask: AskModel = () => Promise.reject(new Error('no gateway asks for the guards'));
  /** By the plan's list: it is what plans that differ in their prices alone have in common. */
  readonly #parts = new WeakMap<readonly GuardPlan[], Part<Guards>>();

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
        return Guards.create(plans, (params, context, question) => this.ask(params, context, question));
      });
      this.#parts.set(plans, part);
    }
    return part;
  }
}

const NONE: readonly Part<Guards>[] = [];
