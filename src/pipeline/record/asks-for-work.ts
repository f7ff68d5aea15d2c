import type { Call } from '../../core/call.ts';

const LASTING_PATHS = /^\/(batches|threads|videos|fine_tuning|evals)(\/|$)/;

/** Whether a call asks for work that a provider goes on with by itself, also if nobody waits for its answer. */
export function asksForWork({ operation, params, modelPlan, passthrough, cost }: Call): boolean {
  if (operation === 'responses') return (params.background ?? modelPlan.params?.background) === true;
  if (operation !== 'passthrough' || cost === 'free') return false;
  return params.background === true || LASTING_PATHS.test(passthrough?.path ?? '');
}

/** Whether a call is a further step of a run, whose usage covers all its steps. */
export function continuesWork({ passthrough }: Call): boolean {
  return passthrough?.path.endsWith('/submit_tool_outputs') === true;
}
