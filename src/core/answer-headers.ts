/**
 * Whether a header of an upstream's answer is for the client: which request it was, how long it took, what is left of
 * limits, when to come again, and what the body is. No other header reaches an answer or an error: neither what belongs to
 * the connection or to the provider's account (cookies, organisations), nor what an upstream repeats of the request under
 * a name of its own. The name is in lower case.
 */
export function isHandedOn(name: string): boolean {
  return NAMES.has(name) || LIMIT.test(name) || ID.test(name) || MEASURE.test(name);
}

/** Whether a header describes how a body came, which the gateway has undone, or is bound to who asked for it. */
export function isOfConnection(name: string): boolean {
  return OF_CONNECTION.has(name);
}

const OF_CONNECTION: ReadonlySet<string> = new Set([
  ...['connection', 'content-encoding', 'content-length', 'keep-alive', 'set-cookie', 'transfer-encoding'],
]);

const NAMES: ReadonlySet<string> = new Set([
  // HTTP's own: RFC 9110, 9111, 6266, 8594, 9745, and Server Timing (w3.org/TR/server-timing).
  ...['accept-ranges', 'cache-control', 'content-disposition', 'content-language', 'content-range', 'content-type', 'date'],
  ...['deprecation', 'etag', 'expires', 'last-modified', 'retry-after', 'server-timing', 'sunset', 'warning'],
  // What OpenAI's clients go by (openai/src/client.ts, `shouldRetry` and `retryRequest`).
  ...['retry-after-ms', 'x-should-retry'],
  // Ids, places and counts under names of their own: Cloudflare (developers.cloudflare.com/fundamentals/reference/http-headers),
  // and as recorded from AWS, Azure, OpenAI, Gemini and Cohere.
  ...['cf-ray', 'x-amzn-requestid', 'x-amzn-errortype', 'azureml-model-session', 'x-ms-region', 'openai-model'],
  ...['openai-version', 'x-gemini-service-tier', 'x-api-warning', 'num_chars', 'num_tokens'],
]);

/** `x-ratelimit-…`, `anthropic-ratelimit-…`, Mistral's `ratelimitbysize-…`. */
const LIMIT = /(?:^|-)ratelimit/;

/** `x-request-id`, `request-id`, `apim-request-id`, Cohere's `x-debug-trace-id`, OpenRouter's `x-generation-id`. */
const ID = /(?:^|-)(?:request|trace|correlation|generation|response)-id$/;

/** `openai-processing-ms`, Bedrock's `x-amzn-bedrock-input-token-count`. */
const MEASURE = /-(?:ms|time|latency|token-count)$/;
