import { BadRequestError } from 'openai';

/** The params are not what the operation takes; nothing was sent and nothing charged. */
export class InvalidParamsError extends BadRequestError {
  override readonly name = 'InvalidParamsError';
  override readonly code = 'invalid_params';

  constructor(path: string, expected: string) {
    const message = `${path}: ${expected}`;
    super(
      400,
      { message, type: 'invalid_request_error', code: 'invalid_params', param: path },
      message,
      new Headers({ 'x-should-retry': 'false' }),
    );
  }
}
