import { APIError } from 'openai';

/** A money budget applies and no price of a deployment, or of an operation there, is known. Set `price` on it, `prices`, or `unknownPrice`. */
export class UnpricedModelError extends APIError<402> {
  override readonly name = 'UnpricedModelError';
  override readonly code = 'unknown_price';
  readonly deployment: string;
  readonly budget: string;
  /** The path whose operation has no price per token, whatever the model; undefined where it is the model that has none. */
  readonly path: string | undefined;

  constructor(deployment: string, budget: string, path?: string) {
    const message =
      path === undefined
        ? `no price is known for '${deployment}', which budget '${budget}' needs; set its price, prices['${deployment}'] or unknownPrice`
        : `no price is known for '${path}' at '${deployment}', which budget '${budget}' needs; set unknownPrice`;
    super(402, { message, type: 'unknown_price', code: 'unknown_price' }, message, new Headers({ 'x-should-retry': 'false' }));
    this.deployment = deployment;
    this.budget = budget;
    this.path = path;
  }
}
