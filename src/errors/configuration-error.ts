import { OpenAIError } from 'openai';
import { redact } from '../core/redact.ts';

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

  constructor(found: readonly ConfigurationIssue[]) {
    const issues = found.map(({ path, message }) => Object.freeze({ path: withoutKeys(path), message: withoutKeys(message) }));
    super(`invalid configuration:\n${issues.map(toLine).join('\n')}`);
    this.issues = Object.freeze(issues);
  }
}

/** A key may stand if a name belongs, and names are quoted; a short one that looks like a key is a name. */
function withoutKeys(text: string): string {
  return text.replaceAll(LONG_WORD, redact);
}

const LONG_WORD = /\S{20,}/g;

function toLine({ path, message }: ConfigurationIssue): string {
  return path === '' ? `- ${message}` : `- ${path}: ${message}`;
}
