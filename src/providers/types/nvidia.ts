import { THINKS_BESIDE_CALLS } from '../openai/history-rules.ts';
import type { OpenAiHost } from '../provider-type.ts';

export const nvidia: OpenAiHost = {
  type: 'nvidia',
  label: 'NVIDIA NIM',
  group: 'host',
  otherNames: ['nim', 'nvidia-nim'],
  baseURL: 'https://integrate.api.nvidia.com/v1',
  keys: ['NVIDIA_API_KEY', 'NVIDIA_NIM_API_KEY'],
  operations: ['completions', 'embeddings'],
  quirks: { reasoningTag: 'think', reasoningModels: THINKS_BESIDE_CALLS },
  source: 'https://docs.api.nvidia.com/nim/reference/llm-apis',
};
