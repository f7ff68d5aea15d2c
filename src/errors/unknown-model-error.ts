import { NotFoundError } from 'openai';

/** No model, wildcard or provider stands behind the name. */
export class UnknownModelError extends NotFoundError {
  override readonly name = 'UnknownModelError';
  override readonly code = 'model_not_found';
  /** Names close to it that the caller may use. */
  readonly suggestions: readonly string[];

  constructor(model: string, suggestions: readonly string[]) {
    const hint = suggestions.length === 0 ? '' : `; did you mean ${suggestions.map((name) => `'${name}'`).join(' or ')}?`;
    const message = `unknown model '${model.slice(0, 200)}'${hint}`;
    super(
      404,
      { message, type: 'invalid_request_error', code: 'model_not_found', param: 'model' },
      message,
      new Headers({ 'x-should-retry': 'false' }),
    );
    this.suggestions = suggestions;
  }
}
