import type { CallFacts } from './facts.ts';

/** Each part narrows the calls; `caller.<dimension>` by what the caller had. */
export interface CallFilter {
  readonly model?: string | undefined;
  /** Tried, whether it answered or not. */
  readonly deployment?: string | undefined;
  readonly outcome?: string | undefined;
  readonly only?: 'failovers' | 'retries' | 'unpriced' | undefined;
  readonly caller: ReadonlyMap<string, string>;
}

const CALLER = 'caller.';

export function readFilter(query: URLSearchParams): CallFilter {
  const only = query.get('only');
  const caller = [...query].filter(([name]) => name.startsWith(CALLER));
  return {
    model: query.get('model') ?? undefined,
    deployment: query.get('deployment') ?? undefined,
    outcome: query.get('outcome') ?? undefined,
    only: only === 'failovers' || only === 'retries' || only === 'unpriced' ? only : undefined,
    caller: new Map(caller.map(([name, value]) => [name.slice(CALLER.length), value])),
  };
}

export function matches(call: CallFacts, { model, deployment, outcome, only, caller }: CallFilter): boolean {
  if (model !== undefined && call.model !== model) return false;
  if (outcome !== undefined && call.outcome !== outcome) return false;
  if (deployment !== undefined && !call.attempts.some((attempt) => attempt.deployment === deployment)) return false;
  if (only === 'unpriced' && !call.isUnpriced) return false;
  if (only === 'failovers' && !call.steps.some(({ kind }) => kind === 'failover')) return false;
  if (only === 'retries' && !call.steps.some(({ kind }) => kind === 'retry')) return false;
  for (const [dimension, value] of caller) {
    const own = Object.hasOwn(call.caller, dimension) ? call.caller[dimension] : '';
    if (own !== value) return false;
  }
  return true;
}
