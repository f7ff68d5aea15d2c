import type { Call } from '../../core/call.ts';
import type { Deployment } from '../../core/deployment.ts';
import type { Params } from '../../core/params.ts';
import { type Candidates, orderDeployments, takeTurn } from '../../routing/router.ts';
import type { Runtime } from '../runtime.ts';
import { routerOptions } from './router-options.ts';

// More than any sensible chain of fallbacks; the configuration refuses circles.
const MOST_FALLBACKS = 5;

export type FallbackList = 'default' | 'contextWindow' | 'contentFilter';

/**
 * The candidates of one fallback model after another, each model once. The fallbacks of a fallback come after those of
 * the model itself.
 */
export class Fallbacks {
  readonly #call: Call;
  readonly #runtime: Pick<Runtime, 'modelOf'>;
  readonly #find: (call: Call) => Candidates;
  readonly #chain: Call['modelPlan'][];
  readonly #cooling: Deployment[] = [];
  #visited: Set<string> | undefined;

  /** `find`: the candidates of the call at a fallback model. */
  constructor(call: Call, runtime: Pick<Runtime, 'modelOf'>, find: (call: Call) => Candidates) {
    this.#call = call;
    this.#runtime = runtime;
    this.#find = find;
    this.#chain = [call.modelPlan];
  }

  /** Those of the next fallback model that has any; empty if none is left. */
  next(list: FallbackList): readonly Deployment[] {
    this.#visited ??= new Set([this.#call.modelPlan.name]);
    for (const { fallbacks } of this.#chain) {
      for (const name of fallbacks[list]) {
        const order = this.#visit(name, this.#visited);
        if (order.length > 0) return order;
      }
    }
    return [];
  }

  /** Deployments that were passed over for their cooldown alone, of the models visited so far. */
  get cooling(): readonly Deployment[] {
    return this.#cooling;
  }

  #visit(name: string, visited: Set<string>): readonly Deployment[] {
    const isLeftOut = visited.has(name) || visited.size > MOST_FALLBACKS;
    const modelPlan = isLeftOut ? undefined : this.#runtime.modelOf(this.#call.plan, name);
    if (modelPlan === undefined) return [];
    visited.add(name);
    this.#chain.push(modelPlan);
    const { order, cooling } = this.#find({ ...this.#call, model: name, modelPlan });
    this.#cooling.push(...withParams(cooling, modelPlan.params));
    return withParams(order, modelPlan.params);
  }
}

/** The fallbacks of a call whose own candidates are used up, or can't serve it. */
export function fallbacksOf(call: Call, runtime: Runtime): Fallbacks {
  return new Fallbacks(call, runtime, (at) => {
    return takeTurn(at, runtime.health, routerOptions(at, runtime.ledger.estimateCall(at), runtime));
  });
}

/** The same without effects. */
export function previewFallbacks(call: Call, runtime: Runtime): Fallbacks {
  return new Fallbacks(call, runtime, (at) => {
    return orderDeployments(at, runtime.health, routerOptions(at, runtime.ledger.estimateCall(at), runtime));
  });
}

const withDefaults = new WeakMap<Params, WeakMap<Deployment, Deployment>>();

/** The deployments with the default params of their model, which is not the call's; the same objects for every call. */
function withParams(deployments: readonly Deployment[], params: Params | undefined): readonly Deployment[] {
  if (params === undefined) return deployments;
  const known = withDefaults.get(params) ?? new WeakMap<Deployment, Deployment>();
  withDefaults.set(params, known);
  return deployments.map((deployment) => {
    const made = known.get(deployment) ?? { ...deployment, params: { ...params, ...deployment.params } };
    known.set(deployment, made);
    return made;
  });
}
