import { APIError } from 'openai';

/** A money budget applies and no price of a deployment is known. Set `price` on it, `prices`, or `unknownPrice`. */
export class UnpricedModelError extends APIError<402> {
  override readonly name = 'UnpricedModelError';
  override readonly code = 'unknown_price';
  readonly deployment: string;
  readonly budget: string;

  constructor(deployment: string, budget: string) {
    const message = `no price is known for '${deployment}', which budget '${budget}' needs; set its price, prices['${deployment}'] or unknownPrice`;
    super(402, { message, type: 'unknown_price', code: 'unknown_price' }, message, new Headers({ 'x-should-retry': 'false' }));
    this.deployment = deployment;
    this.budget = budget;
  }
}
