import type { BatchAmounts, BatchFile, BatchModel } from '../../core/batch-file.ts';
import type { Call } from '../../core/call.ts';
import type { Deployment } from '../../core/deployment.ts';
import type { Operation } from '../../core/operation.ts';
import { largestLimit, limitNames } from '../../core/output-limit.ts';
import type { Params } from '../../core/params.ts';
import { type VendorTool, vendorToolsIn } from '../../core/vendor-tools.ts';
import { mostOutput } from '../../ledger/estimate.ts';
import type { Estimate, EstimatedAmounts } from '../../ledger/ledger.ts';
import type { Runtime } from '../runtime.ts';

/** Where batches can go (`BatchCreateParams.endpoint` of the openai package, 7.57), as far as their requests can be estimated. */
const ENDPOINTS: ReadonlyMap<unknown, Operation> = new Map([
  ['/v1/responses', 'responses'],
  ['/v1/chat/completions', 'chat'],
  ['/v1/embeddings', 'embeddings'],
  ['/v1/completions', 'completions'],
  ['/v1/moderations', 'moderations'],
  ['/v1/images/generations', 'images.generate'],
]);

/** OpenAI takes one model in a file; a file with more than this is not of the form that is known. */
const MOST_MODELS = 100;
/** More than any vendor has. */
const MOST_TOOLS = 100;

/** Whether a call uploads requests of a batch whose cost or models somebody will ask for. */
export function uploadsBatch({ passthrough, form, params, plan }: Call): boolean {
  if (form === undefined || params.purpose !== 'batch' || passthrough?.path !== '/files') return false;
  return plan.budgets.length > 0 || plan.access.rules.length > 0;
}

/** Notes what the uploaded file may come to, under the id that the provider's answer gives it. Nothing if it cannot be read. */
export async function noteBatchFile(call: Call, { provider }: Deployment, answer: unknown, runtime: Runtime): Promise<void> {
  const id = (answer as { id?: unknown } | null | undefined)?.id;
  const file = call.form?.get('file');
  if (typeof id !== 'string' || !(file instanceof Blob)) return;
  const measured = await measureBatch(file, call, provider, runtime);
  if (measured !== undefined) await runtime.ledger.background.keepFile(provider, id, measured);
}

async function measureBatch(file: Blob, call: Call, provider: string, runtime: Runtime): Promise<BatchFile | undefined> {
  const sum = new BatchSum();
  let rest = '';
  try {
    for await (const text of file.stream().pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) addLine(line, sum, call, provider, runtime);
    }
    addLine(rest, sum, call, provider, runtime);
  } catch {
    return undefined;
  }
  return sum.file();
}

/** Throws if a line is no request that can be estimated: what is not understood is not measured. */
function addLine(line: string, sum: BatchSum, call: Call, provider: string, runtime: Runtime): void {
  if (line.trim() === '') return;
  const { url, body } = JSON.parse(line) as { url?: unknown; body?: Params };
  const operation = ENDPOINTS.get(url);
  const model = body?.model;
  if (operation === undefined || body === undefined || typeof model !== 'string') throw new Error('no request of a known form');
  const name = `${provider}/${model}`;
  const modelPlan = runtime.modelOf(call.plan, name);
  const [deployment] = modelPlan?.deployments ?? [];
  if (modelPlan === undefined || deployment === undefined) throw new Error('no model');
  const request: Call = {
    ...call,
    operation,
    model: name,
    modelPlan: { ...modelPlan, params: undefined },
    params: capped(body, operation, deployment),
    form: undefined,
    passthrough: undefined,
    cost: undefined,
  };
  // What is sent is the line itself, without default params.
  const own = deployment.params === undefined ? deployment : { ...deployment, params: undefined };
  sum.add(own, runtime.ledger.estimate(request, [own]), vendorToolsIn(body, own.upstreamModel));
}

/** No bound can be put into a file, so that a line without one may come to the longest answer of its model. */
function capped(body: Params, operation: Operation, deployment: Deployment): Params {
  const names = limitNames(operation) ?? [];
  const [name] = names;
  if (name === undefined || largestLimit(names, body) !== undefined) return body;
  return { ...body, [name]: mostOutput(deployment) };
}

class BatchSum {
  readonly #models = new Map<string, BatchModel>();
  readonly #strict = { inputTokens: 0, outputTokens: 0, costNanoUsd: 0 as number | undefined };
  readonly #expected = { inputTokens: 0, outputTokens: 0, costNanoUsd: 0 as number | undefined };
  readonly #tools = new Set<string>();
  #unpriced: string | undefined;

  add(
    { id, upstreamModel, price }: Deployment,
    { strict, expected }: Pick<Estimate, 'strict' | 'expected'>,
    tools: readonly VendorTool[],
  ): void {
    for (const { name } of tools) this.#tools.add(name);
    if (this.#tools.size > MOST_TOOLS) throw new Error('too many tools');
    this.#models.set(upstreamModel, { upstreamModel, price });
    if (this.#models.size > MOST_MODELS) throw new Error('too many models');
    addTo(this.#strict, strict);
    addTo(this.#expected, expected);
    if (strict.costNanoUsd === undefined) this.#unpriced ??= id;
  }

  file(): BatchFile | undefined {
    if (this.#models.size === 0) return undefined;
    return {
      models: [...this.#models.values()],
      strict: this.#strict,
      expected: this.#expected,
      unpriced: this.#unpriced,
      tools: Array.from(this.#tools, (name) => ({ name })),
    };
  }
}

function addTo(
  sum: { -readonly [name in keyof BatchAmounts]: BatchAmounts[name] },
  { usage, costNanoUsd }: EstimatedAmounts,
): void {
  sum.inputTokens = bounded(sum.inputTokens + usage.inputTokens);
  sum.outputTokens = bounded(sum.outputTokens + usage.outputTokens);
  const isKnown = sum.costNanoUsd !== undefined && costNanoUsd !== undefined;
  sum.costNanoUsd = isKnown ? bounded((sum.costNanoUsd ?? 0) + (costNanoUsd ?? 0)) : undefined;
}

/** Sums of what is charged must themselves add up. */
function bounded(amount: number): number {
  return Math.min(amount, LARGEST_AMOUNT);
}

const LARGEST_AMOUNT = 2 ** 51;
