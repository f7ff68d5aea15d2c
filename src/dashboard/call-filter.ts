import { toGlob } from '../core/glob.ts';
import type { CallFacts } from './facts.ts';

/** Words of what a filter leaves beside the fields of calls. */
const KINDS = {
  failovers: ({ steps }) => steps.some(({ kind }) => kind === 'failover'),
  retries: ({ steps }) => steps.some(({ kind }) => kind === 'retry'),
  guards: ({ steps }) => steps.some(({ kind }) => kind === 'guard'),
  cached: ({ cache }) => cache === 'hit',
  downgraded: ({ downgradedTo }) => downgradedTo !== undefined,
  unpriced: ({ isUnpriced }) => isUnpriced,
} satisfies Record<string, (call: CallFacts) => boolean>;

/** Each part narrows the calls; `caller.<dimension>` by what the caller had. */
export interface CallFilter {
  readonly model?: string | undefined;
  /** Tried, whether it answered or not. */
  readonly deployment?: string | undefined;
  readonly provider?: string | undefined;
  readonly outcome?: string | undefined;
  /** Name of a budget whose calls they are. */
  readonly budget?: string | undefined;
  readonly only?: keyof typeof KINDS | undefined;
  /** Id of a run that they were inside of. */
  readonly run?: string | undefined;
  readonly caller: ReadonlyMap<string, string>;
}

const CALLER = 'caller.';

export function readFilter(query: URLSearchParams): CallFilter {
  const only = query.get('only') ?? '';
  const caller = [...query].filter(([name]) => name.startsWith(CALLER));
  return {
    model: query.get('model') ?? undefined,
    deployment: query.get('deployment') ?? undefined,
    provider: query.get('provider') ?? undefined,
    outcome: query.get('outcome') ?? undefined,
    budget: query.get('budget') ?? undefined,
    only: isKind(only) ? only : undefined,
    run: query.get('run') ?? undefined,
    caller: new Map(caller.map(([name, value]) => [name.slice(CALLER.length), value])),
  };
}

function isKind(word: string): word is keyof typeof KINDS {
  return Object.hasOwn(KINDS, word);
}

export function matches(call: CallFacts, { model, deployment, provider, outcome, only, run, caller }: CallFilter): boolean {
  if (model !== undefined && call.model !== model) return false;
  if (outcome !== undefined && call.outcome !== outcome) return false;
  if (deployment !== undefined && !call.attempts.some((attempt) => attempt.deployment === deployment)) return false;
  if (provider !== undefined && !call.attempts.some((attempt) => providerOf(attempt) === provider)) return false;
  if (only !== undefined && !KINDS[only](call)) return false;
  if (run !== undefined && !call.runs.includes(run)) return false;
  for (const [dimension, value] of caller) {
    if (ofCaller(call, dimension) !== value) return false;
  }
  return true;
}

/** Whether a budget that counts the calls of `match` counts this one. */
export function isCounted(call: CallFacts, match: Readonly<Record<string, readonly string[]>>): boolean {
  return Object.entries(match).every(([dimension, patterns]) => {
    const globs = patterns.map(toGlob);
    return namesOf(call, dimension).some((name) => globs.some((glob) => glob(name)));
  });
}

function namesOf(call: CallFacts, dimension: string): readonly string[] {
  if (dimension === 'provider') return call.attempts.map(providerOf);
  if (dimension === 'model') return call.downgradedTo === undefined ? [call.model] : [call.model, call.downgradedTo];
  const own = ofCaller(call, dimension);
  return own === '' ? [] : [own];
}

function ofCaller({ caller }: CallFacts, dimension: string): string {
  return (Object.hasOwn(caller, dimension) ? caller[dimension] : undefined) ?? '';
}

/** Deployments are named after their provider. */
function providerOf({ deployment }: { readonly deployment: string }): string {
  return deployment.slice(0, deployment.indexOf('/'));
}
