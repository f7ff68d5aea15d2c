import { OPENAI_QUIRKS } from '../openai/quirks.ts';
import type { OpenAiHost } from '../provider-type.ts';

export const azure: OpenAiHost = {
  type: 'azure',
  label: 'Azure OpenAI and Azure AI Foundry',
  group: 'cloud',
  listedAs: 'azure',
  otherNames: ['azure-openai', 'azureopenai'],
  vendor: 'azure.ai.openai',
  keys: ['AZURE_OPENAI_API_KEY', 'AZURE_API_KEY'],
  operations: [
    'responses',
    'completions',
    'embeddings',
    'images.generate',
    'images.edit',
    'audio.speech',
    'audio.transcription',
    'audio.translation',
  ],
  // A deployment's name tells nothing of its model for certain, and Foundry has other vendors' models too.
  quirks: { ...OPENAI_QUIRKS, unsupported: [], capabilities: {} },
  source: 'https://learn.microsoft.com/azure/ai-foundry/openai/reference',
};
