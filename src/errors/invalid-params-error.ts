import { BadRequestError } from 'openai';
import type { Failure } from '../core/failure.ts';

/** The params are not what the operation takes; nothing was sent, nothing charged, and nothing counted against a provider. */
export class InvalidParamsError extends BadRequestError {
  override readonly name = 'InvalidParamsError';
  /** `invalid_request` if a candidate's wire could not read them, `invalid_params` before there was any. */
  override readonly code: 'invalid_params' | 'invalid_request';

  constructor(path: string, expected: string, code: 'invalid_params' | 'invalid_request' = 'invalid_params') {
    const message = `${path}: ${expected}`;
    super(
      400,
      { message, type: 'invalid_request_error', code, param: path },
      message,
      new Headers({ 'x-should-retry': 'false' }),
    );
    this.code = code;
  }

  /** What a wire found wrong; undefined for any other failure. */
  static of({ kind, reachedProvider, param, message, cause }: Failure): InvalidParamsError | undefined {
    if (kind !== 'request-invalid' || reachedProvider || param === undefined) return undefined;
    const expected = message.startsWith(`${param}: `) ? message.slice(param.length + 2) : message;
    const error = new InvalidParamsError(param, expected, 'invalid_request');
    Object.defineProperty(error, 'cause', { value: cause, configurable: true, writable: true });
    return error;
  }
}
