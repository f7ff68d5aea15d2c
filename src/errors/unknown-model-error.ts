import { NotFoundError } from 'openai';
import { boundedText } from '../core/bounded-text.ts';

/** No model, wildcard or provider stands behind the name. */
export class UnknownModelError extends NotFoundError {
  override readonly name = 'UnknownModelError';
  override readonly code = 'model_not_found';
  /** Names close to it that the caller may use. */
  readonly suggestions: readonly string[];

  constructor(model: string, suggestions: readonly string[]) {
    const hint =
      suggestions.length === 0
        ? "; a model that is not declared is asked for as 'provider/model'"
        : `; did you mean ${suggestions.map((name) => `'${name}'`).join(' or ')}? A model that is not declared is asked for as 'provider/model'`;
    const message = `unknown model '${boundedText(model)}'${hint}`;
    super(
      404,
      { message, type: 'invalid_request_error', code: 'model_not_found', param: 'model' },
      message,
      new Headers({ 'x-should-retry': 'false' }),
    );
    this.suggestions = suggestions;
  }
}
