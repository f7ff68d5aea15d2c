/**
 * Every name that OpenTelemetry's GenAI conventions give, and none anywhere else.
 *
 * `stable`: github.com/open-telemetry/semantic-conventions-genai at 004902b8cb70aa5ae6ca4ae07132b7daabcd3e10
 * (docs/gen-ai/gen-ai-metrics.md), whose metrics are those of the core conventions up to 1.41.
 * `latest`: the same repository at 024a4f944a1291fcb627c9c47da69e79868dd15e (docs/gen-ai/client-inference.md).
 */

/** Which draft of the conventions names what is told. */
export type Semconv = 'stable' | 'latest';

export const OPERATION_NAME = 'gen_ai.operation.name';
export const PROVIDER_NAME = 'gen_ai.provider.name';
export const REQUEST_MODEL = 'gen_ai.request.model';
export const REQUEST_STREAM = 'gen_ai.request.stream';
export const RESPONSE_MODEL = 'gen_ai.response.model';
export const FINISH_REASONS = 'gen_ai.response.finish_reasons';
export const TIME_TO_FIRST_CHUNK = 'gen_ai.response.time_to_first_chunk';
export const INPUT_TOKENS = 'gen_ai.usage.input_tokens';
export const OUTPUT_TOKENS = 'gen_ai.usage.output_tokens';
export const CACHE_READ_TOKENS = 'gen_ai.usage.cache_read.input_tokens';
export const TOKEN_TYPE = 'gen_ai.token.type';
export const ERROR_TYPE = 'error.type';
export const SERVER_ADDRESS = 'server.address';
export const SERVER_PORT = 'server.port';
export const STATUS_CODE = 'http.response.status_code';

/** What was called differently before. */
export const SPAN_NAMES = {
  stable: {
    cacheWriteTokens: 'gen_ai.usage.cache_creation.input_tokens',
    reasoningTokens: 'gen_ai.usage.reasoning.output_tokens',
  },
  latest: {
    cacheWriteTokens: 'gen_ai.usage.cache_write.input_tokens',
    reasoningTokens: 'gen_ai.usage.reasoning.output_tokens',
  },
} as const;

export const METRIC_NAMES = {
  stable: {
    duration: 'gen_ai.client.operation.duration',
    timeToFirstChunk: 'gen_ai.client.operation.time_to_first_chunk',
    timePerOutputChunk: 'gen_ai.client.operation.time_per_output_chunk',
  },
  latest: {
    duration: 'gen_ai.client.inference.duration',
    timeToFirstChunk: 'gen_ai.client.inference.time_to_first_chunk',
    timePerOutputChunk: 'gen_ai.client.inference.time_per_output_chunk',
  },
} as const;

/** One histogram by type of token, up to `stable`. */
export const TOKEN_USAGE = 'gen_ai.client.token.usage';
/** Counters, a class of token each, and histograms of each call's tokens, in `latest`. */
export const TOKEN_COUNTERS = {
  inputTokens: 'gen_ai.client.inference.usage.input_tokens',
  outputTokens: 'gen_ai.client.inference.usage.output_tokens',
  cachedInputTokens: 'gen_ai.client.inference.usage.cache_read.input_tokens',
  cacheWriteTokens: 'gen_ai.client.inference.usage.cache_write.input_tokens',
  reasoningTokens: 'gen_ai.client.inference.usage.reasoning.output_tokens',
} as const;
export const TOKENS_OF_OPERATION = {
  inputTokens: 'gen_ai.client.inference.operation.input_tokens',
  outputTokens: 'gen_ai.client.inference.operation.output_tokens',
} as const;

/** The boundaries that the conventions recommend; seconds. Those of an exporter are made for milliseconds. */
export const SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
export const TOKENS = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];

/** `gen_ai.operation.name` of an operation, if the conventions have a word for it. */
const OPERATIONS: Readonly<Record<string, string>> = {
  chat: 'chat',
  responses: 'chat',
  completions: 'text_completion',
  embeddings: 'embeddings',
  'images.generate': 'generate_content',
  'images.edit': 'generate_content',
  'images.variation': 'generate_content',
  'audio.speech': 'generate_content',
};

export function operationName(operation: string): string {
  return OPERATIONS[operation] ?? operation;
}
