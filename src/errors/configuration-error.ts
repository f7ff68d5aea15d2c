import { OpenAIError } from 'openai';

/** One thing that is wrong with a configuration. Never holds a value of a key or header. */
export interface ConfigurationIssue {
  /** Where, as in `budgets[0].limit.usd`; empty for the configuration itself. */
  readonly path: string;
  /** What is expected there. */
  readonly message: string;
}

/** The configuration is refused; every problem is named at once. Thrown by construction and `control.update`. */
export class ConfigurationError extends OpenAIError {
  override readonly name = 'ConfigurationError';
  readonly code = 'configuration_invalid';
  readonly issues: readonly ConfigurationIssue[];

  constructor(issues: readonly ConfigurationIssue[]) {
    super(`invalid configuration:\n${issues.map(toLine).join('\n')}`);
    this.issues = Object.freeze(issues.map((issue) => Object.freeze({ ...issue })));
  }
}

function toLine({ path, message }: ConfigurationIssue): string {
  return path === '' ? `- ${message}` : `- ${path}: ${message}`;
}
