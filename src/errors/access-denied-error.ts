import { PermissionDeniedError } from 'openai';

/** The caller may not use the model. */
export class AccessDeniedError extends PermissionDeniedError {
  override readonly name = 'AccessDeniedError';
  override readonly code = 'access_denied';

  constructor(model: string, reason: string) {
    const message = `access to model '${model}' is denied: ${reason}`;
    super(
      403,
      { message, type: 'access_denied', code: 'access_denied', param: 'model' },
      message,
      new Headers({ 'x-should-retry': 'false' }),
    );
  }
}
