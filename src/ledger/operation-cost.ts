import type { Call } from '../core/call.ts';
import type { Deployment } from '../core/deployment.ts';
import type { OperationCost } from '../core/operation.ts';
import { NO_USAGE } from '../core/usage.ts';
import { Amounts, type Part } from './amounts.ts';
import type { BoundBudgets } from './bound-budgets.ts';
import type { Estimate } from './ledger.ts';

/** What a path costs; `model`: metered if it names a model, else unpriced; `label`: metered if it does, else free. */
type PathCost = OperationCost | 'model' | 'label';

/**
 * What POST costs at OpenAI's paths (those of the openai package 7.57; prices: https://platform.openai.com/docs/pricing).
 * Free is what only counts, cancels, labels or puts down. Unpriced is what has a price that is not one per token of an
 * answer: videos, training, sessions that a client then holds by itself, containers by the session, vector stores by
 * the gigabyte and day, runs of evaluations, keys of the vendor's own, with which a client then calls by itself; and batches
 * and training of other vendors, whatever model they name. The first that matches holds; `:id` is an id, not any text.
 */
const PATHS: readonly (readonly [pattern: RegExp, cost: PathCost])[] = (
  [
    ['/responses/input_tokens', 'free'],
    ['/responses/compact', 'model'],
    ['/responses/:id/cancel', 'free'],
    ['/chat/completions/:id', 'label'],
    ['/batches/:id/cancel', 'free'],
    ['/files', 'free'],
    ['/uploads', 'free'],
    ['/uploads/:id/(parts|complete|cancel)', 'free'],
    ['/conversations', 'free'],
    ['/conversations/:id', 'free'],
    ['/conversations/:id/items', 'free'],
    ['/assistants', 'free'],
    ['/assistants/:id', 'free'],
    ['/threads', 'free'],
    ['/threads/runs', 'model'],
    ['/threads/:id', 'free'],
    ['/threads/:id/messages', 'free'],
    ['/threads/:id/messages/:id', 'free'],
    ['/threads/:id/runs', 'model'],
    ['/threads/:id/runs/:id', 'free'],
    ['/threads/:id/runs/:id/cancel', 'free'],
    ['/threads/:id/runs/:id/submit_tool_outputs', 'model'],
    ['/vector_stores/:id', 'free'],
    ['/vector_stores/:id/files/:id', 'free'],
    ['/vector_stores/:id/file_batches/:id/cancel', 'free'],
    ['/vector_stores/?.*', 'unpriced'],
    ['/containers/:id/files', 'free'],
    ['/containers/?.*', 'unpriced'],
    ['/fine_tuning/jobs/:id/(cancel|pause)', 'free'],
    ['/fine_tuning/checkpoints/:id/permissions', 'free'],
    ['/fine_tuning/alpha/graders/validate', 'free'],
    ['/fine_tuning/.*', 'unpriced'],
    ['/evals', 'free'],
    ['/evals/:id', 'free'],
    ['/evals/:id/runs/:id', 'free'],
    ['/evals/:id/runs/:id/cancel', 'free'],
    ['/evals/.*', 'unpriced'],
    ['/videos/?.*', 'unpriced'],
    ['/(realtime/calls|live/sessions)/:id/(hangup|reject|refer)', 'free'],
    ['/(realtime|live)/.*', 'unpriced'],
    ['/chatkit/sessions/:id/cancel', 'free'],
    ['/(chatkit|agents)/?.*', 'unpriced'],
    ['/(organization|projects)/(.*/)?(admin_api_keys|api_keys|service_accounts|workload_identity_providers)(/.*)?', 'unpriced'],
    ['/(organization|projects|webhook_endpoints)/?.*', 'free'],
    ['/(.*/)?(batch|batches|jobs|fine[-_]tun(e|es|ing))(/.*)?', 'unpriced'],
  ] as const
).map(([path, cost]) => [new RegExp(`^${path.replaceAll(':id', '[\\w.:-]+')}$`), cost]);

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE']);

/** What a request that is handed through costs. `path`: lower-case and decoded, so that no spelling of it is cheaper. */
export function costOfPath(method: string, path: string, namesModel: boolean): OperationCost {
  if (READS.has(method)) return 'free';
  const cost = PATHS.find(([pattern]) => pattern.test(path))?.[1] ?? 'model';
  if (cost !== 'model' && cost !== 'label') return cost;
  if (namesModel) return 'metered';
  return cost === 'label' ? 'free' : 'unpriced';
}

/** The limits that a call counts against: of one that is free, those on requests, whatever else is used up. */
export function limitsFor({ cost }: Call, bound: BoundBudgets): BoundBudgets {
  if (cost !== 'free' || bound.limits.length === 0) return bound;
  return { ...bound, limits: bound.limits.filter(({ unit }) => unit === 'requests'), money: undefined };
}

/** The estimate of a call that is free: one request that costs nothing. */
export function freeEstimate(deployments: readonly Deployment[]): Estimate {
  return fixedEstimate(sameAtAll(deployments, NOTHING));
}

/**
 * The estimate of what has no known price: whether it has tokens nobody knows, and its answer tells them if it has. One
 * of each kind is held, so that what is used up refuses it, and none is charged unless it is told. What `unknownPrice` makes of its body is held, if that is set.
 */
export function unpricedEstimate({ strict }: Estimate, deployments: readonly Deployment[]): Estimate {
  const parts = deployments.map(({ id }) => ({ ...SOMETHING, id, costNanoUsd: strict.at(id).costNanoUsd }));
  return fixedEstimate(new Amounts(parts), undefined, NO_USAGE);
}

/** The estimate of a batch: all that the lines of its file may come to. */
export function batchEstimate({ strict, expected }: NonNullable<Call['batch']>, deployments: readonly Deployment[]): Estimate {
  return fixedEstimate(sameAtAll(deployments, strict), sameAtAll(deployments, expected));
}

const NOTHING = { inputTokens: 0, outputTokens: 0, costNanoUsd: 0 };
const SOMETHING = { inputTokens: 1, outputTokens: 1 };

function sameAtAll(deployments: readonly Deployment[], amounts: Omit<Part, 'id'>): Amounts {
  return new Amounts(deployments.map(({ id }) => ({ ...amounts, id })));
}

/** An estimate that no limit on the output can lower. `usage`: what is charged if no answer tells it. */
function fixedEstimate(strict: Amounts, expected = strict, usage = strict.usage): Estimate {
  const estimate: Estimate = {
    usage,
    totalTokens: strict.totalTokens,
    costNanoUsd: strict.costNanoUsd,
    costByDeployment: strict.costByDeployment,
    costAt: (deploymentId) => strict.costAt(deploymentId),
    cheapestOf: (deployments) => deployments,
    at: (deploymentId) => strict.at(deploymentId),
    expectedInputTokens: 0,
    inputCeiling: 0,
    expectedInputAt: () => 0,
    fewestInputAt: () => 0,
    injectMaxOutputTokens: undefined,
    strict,
    expected,
    unpriced: undefined,
    limitWithin: () => 0,
    clampedTo: () => estimate,
  };
  return estimate;
}
