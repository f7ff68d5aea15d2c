import { Part } from '../../core/part.ts';
import type { NativeType } from '../provider-type.ts';

export const cohere: NativeType = {
  type: 'cohere',
  label: 'Cohere v2',
  vendor: 'cohere',
  keys: ['COHERE_API_KEY', 'CO_API_KEY'],
  needsKey: true,
  baseURL: 'https://api.cohere.com',
  exampleModel: 'command-a-03-2025',
  source: 'https://docs.cohere.com/reference/chat',
  code: new Part('the cohere wire', async () => ({
    create: (await import('../cohere/provider.ts')).cohereProvider,
  })),
};
