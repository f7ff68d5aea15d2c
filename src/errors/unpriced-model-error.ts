import { APIError } from 'openai';

/**
 * A money budget applies and no price of a deployment, of an operation there, or of a tool that the vendor runs is known. Set
 * `price` on it, `prices`, `toolPrices`, or `unknownPrice`.
 */
export class UnpricedModelError extends APIError<402> {
  override readonly name = 'UnpricedModelError';
  override readonly code = 'unknown_price';
  readonly deployment: string;
  readonly budget: string;
  /** The path whose operation has no price per token, whatever the model; undefined if it is the model that has none. */
  readonly path: string | undefined;
  /** The tool of the vendor's that has no known price, or no bound on its uses; undefined if it is another thing. */
  readonly tool: string | undefined;

  constructor(deployment: string, budget: string, { path, tool, serving }: Unpriced = {}) {
    const at = path === undefined && tool === undefined ? `'${deployment}'` : `'${tool ?? path}' at '${deployment}'`;
    const what = tool === undefined ? 'no price' : "no price, or no number of uses by 'max_tool_calls' or its like,";
    const asked = serving === undefined ? '' : ` with ${serving}`;
    const message = `${at} cannot be used: budget '${budget}' limits money, and ${what} is known for it${asked}`;
    super(402, { message, type: 'unknown_price', code: 'unknown_price' }, message, new Headers({ 'x-should-retry': 'false' }));
    this.deployment = deployment;
    this.budget = budget;
    this.path = path;
    this.tool = tool;
  }
}

/** What has no price, if it is not the model. */
export interface Unpriced {
  /** The path whose operation has no known price, whatever the model. */
  readonly path?: string | undefined;
  /** A tool of the vendor's: it has no known price, or no bound on its uses. */
  readonly tool?: string | undefined;
  /** The param that asks for a way of serving without a known price: `service_tier 'ultrafast'`. */
  readonly serving?: string | undefined;
}
