import { Part } from '../../core/part.ts';
import type { NativeType } from '../provider-type.ts';

export const anthropic: NativeType = {
  type: 'anthropic',
  label: 'Anthropic Messages',
  otherNames: ['claude'],
  vendor: 'anthropic',
  keys: ['ANTHROPIC_API_KEY'],
  needsKey: true,
  baseURL: 'https://api.anthropic.com',
  exampleModel: 'claude-sonnet-4-5',
  source: 'https://docs.anthropic.com/en/api/messages',
  code: new Part('the anthropic wire', async () => ({
    create: (await import('../anthropic/provider.ts')).anthropicProvider,
  })),
};
