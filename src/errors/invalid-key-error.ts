import { AuthenticationError } from 'openai';

/** A virtual key that is unknown, disabled or expired; the three look the same. */
export class InvalidKeyError extends AuthenticationError {
  override readonly name = 'InvalidKeyError';
  override readonly code = 'invalid_key';

  constructor() {
    const message = 'the virtual key is not valid';
    super(401, { message, type: 'invalid_key', code: 'invalid_key' }, message, new Headers({ 'x-should-retry': 'false' }));
  }
}
