import type { FailureKind } from '../core/failure.ts';

/**
 * What an error without a telling code means by its text. Only plain substrings of the head of the text, so that no
 * input makes it slow; throttling comes first, since it also speaks of too many tokens.
 */
export function kindOfText(message: string | undefined): FailureKind | undefined {
  if (message === undefined) return undefined;
  const text = message.slice(0, LONGEST_TEXT).toLowerCase();
  for (const [kind, phrases] of PHRASES) if (phrases.some((phrase) => text.includes(phrase))) return kind;
  return undefined;
}

const LONGEST_TEXT = 4_096;

const PHRASES: readonly (readonly [FailureKind, readonly string[]])[] = [
  ['rate-limited', ['too many tokens, please wait', 'too many requests', 'rate limit reached', 'rate limit exceeded']],
  [
    'quota-exhausted',
    [
      'insufficient balance',
      'exceeded your current quota',
      'insufficient credits',
      'credit balance is too low',
      // Anthropic behind a gateway
      'specified api usage limits',
      // xAI, SiliconFlow, Fireworks
      'used all available credits',
      "doesn't have any credits",
      'run out of credits',
      'balance is insufficient',
      'due to reaching the monthly spending limit',
      // The Gemini API, where a gateway hands on no more than the text
      'prepayment credits are depleted',
      'exceeded its monthly spending cap',
      // Ollama's cloud
      'reached your session usage limit',
      'reached your hourly usage limit',
      'reached your weekly usage limit',
    ],
  ],
  // xAI, as 403 beside the code of a refused key
  ['content-refused', ['content violates usage guidelines', 'failed check: safety_check_type']],
  [
    'context-too-long',
    [
      // OpenAI, vLLM, DeepSeek, OpenRouter, Mistral: "This model's / endpoint's maximum context length is N tokens"
      'maximum context length',
      // vLLM, SGLang
      'longer than the maximum model length',
      "longer than the model's context length",
      "exceeds the model's maximum context",
      // llama.cpp, LM Studio, Ollama
      'exceeds the available context size',
      'when context the overflows',
      'exceeded max context length',
      'greater than the context length',
      'prompt is longer than the context length',
      'input length exceeds the context length',
      // Embeddings of llama.cpp, its kin and Ollama, which take an input in one batch
      'is too large to process',
      'is too big compared to kv size',
      'exceeds maximum context length',
      // Text Embeddings Inference
      '`inputs` must have less than',
      // xAI, Fireworks, Anthropic behind a gateway
      'maximum prompt length is',
      'prompt is too long',
      // Z.ai, Poolside, Moonshot, Alibaba, Cerebras and Groq
      'maximum allowed input length',
      'exceeds max length',
      'exceeded model token limit',
      'input token length too long',
      'range of input length should be',
      'reduce the length of the messages',
      // Text Generation Inference, Together
      'tokens + `max_new_tokens` must be',
      // Google
      'input token count',
      'exceeds the context window',
      // OpenAI, MiniMax, GitHub
      'exceed the configured limit',
      'context window exceeds limit',
      'prompt token count of',
    ],
  ],
  ['credential-rejected', ['incorrect api key', 'invalid api key', 'api key not valid', 'authentication fails']],
  [
    'model-unavailable',
    ['is not a valid model', 'is not supported. supported models', 'model not found', 'model does not exist', 'invalid model'],
  ],
];
