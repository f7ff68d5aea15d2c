import { Part } from '../../core/part.ts';
import type { NativeType } from '../provider-type.ts';

export const google: NativeType = {
  type: 'google',
  label: 'Google Gemini API',
  otherNames: ['gemini', 'google-ai', 'google-ai-studio', 'google-gemini'],
  vendor: 'gcp.gemini',
  listedAs: 'google',
  keys: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
  needsKey: true,
  baseURL: 'https://generativelanguage.googleapis.com',
  exampleModel: 'gemini-2.5-flash',
  source: 'https://ai.google.dev/api/generate-content',
  code: new Part('the google wire', async () => ({
    create: (await import('../google/provider.ts')).googleProvider,
  })),
};
