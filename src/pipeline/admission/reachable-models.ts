import type { Call } from '../../core/call.ts';
import type { Runtime } from '../runtime.ts';

/** The model that a call asks for, and those that may answer in its place: its fallbacks, and theirs. */
export function reachableModels(call: Call, runtime: Pick<Runtime, 'modelOf'>): readonly string[] {
  const names = new Set([call.model]);
  const open = [call.modelPlan];
  for (let model = open.pop(); model !== undefined; model = open.pop()) {
    const { fallbacks } = model;
    for (const name of [...fallbacks.default, ...fallbacks.contextWindow, ...fallbacks.contentFilter]) {
      const next = names.has(name) ? undefined : runtime.modelOf(call.plan, name);
      if (next === undefined) continue;
      names.add(name);
      open.push(next);
    }
  }
  return [...names];
}
