import { Part } from '../../core/part.ts';
import type { NativeType } from '../provider-type.ts';

export const vertex: NativeType = {
  type: 'vertex',
  label: 'Google Vertex AI: Gemini and Claude',
  otherNames: ['google-vertex', 'vertex-ai', 'vertexai'],
  vendor: 'gcp.vertex_ai',
  listedAs: 'google',
  keys: [],
  needsKey: false,
  otherKey: 'a token, or default credentials',
  exampleModel: 'gemini-2.5-flash',
  source: 'https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference',
  code: new Part('the vertex wire', async () => {
    const { vertexOrigin, vertexProvider } = await import('../google/vertex-provider.ts');
    return { create: vertexProvider, origin: vertexOrigin };
  }),
};
