import { BadRequestError } from 'openai';
import { boundedText } from '../core/bounded-text.ts';

/** No candidate can do what the params ask. */
export class UnsupportedOperationError extends BadRequestError {
  override readonly name = 'UnsupportedOperationError';
  override readonly code = 'unsupported_operation';
  /** The param that none can honour; undefined if it is the operation itself. */
  readonly parameter: string | undefined;

  constructor(model: string, reason: string, parameter?: string) {
    const what = model.startsWith('/') ? `a request to '${boundedText(model)}'` : `a call of '${boundedText(model)}'`;
    const message = `${what} cannot be served: ${reason}`;
    super(
      400,
      { message, type: 'invalid_request_error', code: 'unsupported_operation', param: parameter ?? null },
      message,
      new Headers({ 'x-should-retry': 'false' }),
    );
    this.parameter = parameter;
  }
}
