import { APIConnectionError } from 'openai';

/** A call after `close`, or one that `close` ended at its deadline. */
export class GatewayClosedError extends APIConnectionError {
  override readonly name = 'GatewayClosedError';
  override readonly code = 'gateway_closed';

  constructor() {
    super({ message: 'the gateway is closed' });
  }
}
