import type { OpenAiHost } from '../provider-type.ts';

export const wandb: OpenAiHost = {
  type: 'wandb',
  label: 'Weights & Biases Inference',
  group: 'host',
  baseURL: 'https://api.inference.wandb.ai/v1',
  keys: ['WANDB_API_KEY'],
  quirks: { reasoningField: 'reasoning' },
  source: 'https://docs.wandb.ai/inference/response-settings/reasoning',
};
