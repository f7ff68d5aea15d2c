import { authorise } from '../../access/authorise.ts';
import { ANONYMOUS, type Caller } from '../../core/caller.ts';
import type { ModelPlan, Plan } from '../../core/plan.ts';
import { GlobIndex } from './glob-index.ts';
import { MatchIndex } from './match-index.ts';
import { callersLikeBoth, typicalCaller } from './typical-callers.ts';

/**
 * Who may use which model: of the callers whom the access rules tell apart, one of each kind. Those are nobody in particular,
 * those of its keys, one for each rule, and if it comes to two models at once, one for each two rules that a caller can meet
 * together. A model is tried with those alone whom a rule allows it, or whom no rule restricts.
 */
export class AccessReach {
  readonly #plan: Plan;
  /** Places of rules, by what they allow. */
  readonly #allowers = new GlobIndex<number>();
  /** One caller of each kind, by the rules that they meet. */
  readonly #meeting: Caller[][];
  readonly #unrestricted: Caller[] = [];
  readonly #used = new Map<ModelPlan, boolean>();

  constructor(plan: Plan) {
    this.#plan = plan;
    const { rules } = plan.access;
    for (const [place, { allow = [] }] of rules.entries()) for (const glob of allow) this.#allowers.add(glob, place);
    this.#meeting = rules.map(() => []);
    const index = new MatchIndex(rules.map(({ match }) => match));
    const seen = new Set<string>();
    for (const caller of knownCallers(plan)) {
      const places = index.metBy(caller);
      const kind = places.join();
      if (!seen.has(kind)) this.#add(caller, places);
      seen.add(kind);
    }
  }

  #add(caller: Caller, places: readonly number[]): void {
    for (const place of places) this.#meeting[place]?.push(caller);
    const isRestricted = places.some((place) => this.#plan.access.rules[place]?.allow !== undefined);
    if (!isRestricted && this.#plan.access.default === 'allow') this.#unrestricted.push(caller);
  }

  /** Whether anybody may use a model. */
  isUsed(model: ModelPlan): boolean {
    const known = this.#used.get(model);
    if (known !== undefined) return known;
    const isUsed = this.#groups(model).some((group) => group.some((caller) => this.#may(caller, model)));
    this.#used.set(model, isUsed);
    return isUsed;
  }

  /** Whether anybody may use both. */
  areUsedTogether(one: ModelPlan, other: ModelPlan): boolean {
    if (!this.isUsed(one) || !this.isUsed(other)) return false;
    const mayBoth = (caller: Caller) => this.#may(caller, one) && this.#may(caller, other);
    const [fewer] = [this.#groups(one), this.#groups(other)].toSorted((a, b) => sizeOf(a) - sizeOf(b));
    if (fewer?.some((group) => group.some(mayBoth))) return true;
    return callersLikeBoth(this.#typical(one), this.#typical(other)).some(mayBoth);
  }

  /** All who might be allowed to use a model. */
  #groups(model: ModelPlan): Caller[][] {
    return [this.#unrestricted, ...this.#allowersOf(model).map((place) => this.#meeting[place] ?? [])];
  }

  #typical(model: ModelPlan): Caller[] {
    const rules = this.#allowersOf(model).map((place) => this.#plan.access.rules[place]);
    const callers = rules.map((rule) => rule && typicalCaller(rule));
    return callers.filter((caller) => caller !== undefined);
  }

  #allowersOf({ name, deployments }: ModelPlan): number[] {
    const names = [name, ...deployments.map(({ id }) => id)];
    return [...new Set(names.flatMap((each) => this.#allowers.matching(each)))];
  }

  #may(caller: Caller, { name, deployments }: ModelPlan): boolean {
    return authorise(this.#plan, caller, { model: name, deployments }).allowed;
  }
}

function knownCallers({ access }: Plan): Caller[] {
  const ofKeys = [...access.keys.values()].map(({ caller }) => caller);
  const ofRules = access.rules.map(typicalCaller).filter((caller) => caller !== undefined);
  return [ANONYMOUS, ...ofKeys, ...ofRules];
}

function sizeOf(groups: readonly Caller[][]): number {
  return groups.reduce((sum, { length }) => sum + length, 0);
}
