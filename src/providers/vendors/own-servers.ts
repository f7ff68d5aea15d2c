import type { Operation } from '../../core/operation.ts';
import { THINKS_BESIDE_CALLS } from './history-rules.ts';
import type { VendorRow } from './row.ts';

const ALL_BUT_RESPONSES: readonly Operation[] = ['completions', 'embeddings'];

/** Servers that users run themselves, at the address each listens on by default, and whatever else speaks the wire. */
export const OWN_SERVERS: readonly VendorRow[] = [
  {
    type: 'ollama',
    label: 'Ollama',
    baseURL: 'http://127.0.0.1:11434/v1',
    operations: ['responses', ...ALL_BUT_RESPONSES],
    quirks: {
      reasoningField: 'reasoning',
      embeddings: 'float',
      unsupported: [{ params: ['n', 'logit_bias'] }],
      resetGrammar: undefined,
    },
    source: 'https://docs.ollama.com/api/openai-compatibility',
  },
  {
    type: 'vllm',
    label: 'vLLM',
    baseURL: 'http://127.0.0.1:8000/v1',
    operations: ['responses', ...ALL_BUT_RESPONSES, 'audio.transcription', 'audio.translation'],
    quirks: { maxTokens: 'as-given', reasoningField: 'reasoning', reasoningTag: 'think', resetGrammar: undefined },
    source: 'https://docs.vllm.ai/en/latest/serving/openai_compatible_server/',
  },
  {
    type: 'llamacpp',
    label: 'llama.cpp server',
    baseURL: 'http://127.0.0.1:8080/v1',
    operations: ALL_BUT_RESPONSES,
    quirks: { reasoningField: 'reasoning_content', reasoningTag: 'think', resetGrammar: undefined },
    source: 'https://github.com/ggml-org/llama.cpp/tree/master/tools/server',
  },
  {
    type: 'lmstudio',
    label: 'LM Studio',
    baseURL: 'http://127.0.0.1:1234/v1',
    operations: ['responses', ...ALL_BUT_RESPONSES],
    quirks: { reasoningTag: 'think', resetGrammar: undefined },
    source: 'https://lmstudio.ai/docs/developer/openai-compat',
  },
  {
    type: 'sglang',
    label: 'SGLang',
    baseURL: 'http://127.0.0.1:30000/v1',
    operations: ['responses', ...ALL_BUT_RESPONSES],
    quirks: { maxTokens: 'as-given', reasoningField: 'reasoning_content', reasoningTag: 'think', resetGrammar: undefined },
    source: 'https://docs.sglang.ai/basic_usage/openai_api_completions.html',
  },
  {
    type: 'litellm',
    label: 'LiteLLM proxy',
    baseURL: 'http://127.0.0.1:4000',
    keys: ['LITELLM_API_KEY', 'LITELLM_PROXY_API_KEY'],
    operations: [
      'responses',
      ...ALL_BUT_RESPONSES,
      'images.generate',
      'images.edit',
      'audio.speech',
      'audio.transcription',
      'moderations',
    ],
    quirks: {
      developerRole: true,
      maxTokens: 'as-given',
      messageFields: new Set(['name', 'cache_control'] as const),
      reasoningField: 'reasoning_content',
      resetGrammar: undefined,
    },
    source: 'https://docs.litellm.ai/docs/proxy/user_keys',
  },
  {
    type: 'openai-compatible',
    label: 'Any server with an OpenAI-compatible API',
    operations: [
      'responses',
      ...ALL_BUT_RESPONSES,
      'images.generate',
      'images.edit',
      'images.variation',
      'audio.speech',
      'audio.transcription',
      'audio.translation',
      'moderations',
    ],
    quirks: { maxTokens: 'as-given', reasoningModels: THINKS_BESIDE_CALLS, resetGrammar: undefined },
    source: 'https://platform.openai.com/docs/api-reference',
  },
];
