import { APIError } from 'openai';

/** A money budget applies and no price of a deployment, or of an operation there, is known. Set `price` on it, `prices`, or `unknownPrice`. */
export class UnpricedModelError extends APIError<402> {
  override readonly name = 'UnpricedModelError';
  override readonly code = 'unknown_price';
  readonly deployment: string;
  readonly budget: string;
  /** The path whose operation has no price per token, whatever the model; undefined where it is the model that has none. */
  readonly path: string | undefined;

  /** The tool of the vendor's that has no known price, or no bound on its uses; undefined where it is another thing. */
  readonly tool: string | undefined;

  constructor(deployment: string, budget: string, { path, tool }: Unpriced = {}) {
    const message = `${whatHasNone(deployment, path, tool)}, which budget '${budget}' needs; ${remedy(deployment, path, tool)}`;
    super(402, { message, type: 'unknown_price', code: 'unknown_price' }, message, new Headers({ 'x-should-retry': 'false' }));
    this.deployment = deployment;
    this.budget = budget;
    this.path = path;
    this.tool = tool;
  }
}

/** What has no price, where it is not the model. */
export interface Unpriced {
  readonly path?: string | undefined;
  readonly tool?: string | undefined;
}

function whatHasNone(deployment: string, path: string | undefined, tool: string | undefined): string {
  if (tool !== undefined) return `no price, or no most number of uses, is known for the tool '${tool}' at '${deployment}'`;
  return path === undefined ? `no price is known for '${deployment}'` : `no price is known for '${path}' at '${deployment}'`;
}

function remedy(deployment: string, path: string | undefined, tool: string | undefined): string {
  if (tool !== undefined) return `set toolPrices['${tool}'], and name max_tool_calls in the call`;
  return path === undefined ? `set its price, prices['${deployment}'] or unknownPrice` : 'set unknownPrice';
}
