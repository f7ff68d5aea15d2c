/** OpenAI's finish reasons and the states of its responses; any other word is an upstream's, for the caller only. */
const FINISH_REASONS: ReadonlySet<string | undefined> = new Set([
  ...['stop', 'length', 'tool_calls', 'content_filter', 'function_call'],
  ...['completed', 'incomplete', 'failed', 'cancelled', 'queued', 'in_progress'],
]);

/** A finish reason as listeners see it. */
export function toFinishReason(reason: string | undefined): string | undefined {
  return FINISH_REASONS.has(reason) ? reason : undefined;
}
