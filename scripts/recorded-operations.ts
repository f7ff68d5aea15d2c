import { readFileSync } from 'node:fs';
import type { Operation } from '../src/core/operation.ts';

/** An entry of the recordings' index. */
interface Recording {
  readonly provider: string;
  readonly endpoint: string;
  readonly stream: boolean;
}

/** How often an operation of a provider type was recorded. */
export interface Recorded {
  readonly whole: number;
  readonly streamed: number;
}

const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ['messages', 'chat'],
  ['converse', 'chat'],
  ['converse-stream', 'chat'],
  ['chat', 'chat'],
  ['chat.completions', 'chat'],
  ['generateContent', 'chat'],
  ['streamGenerateContent', 'chat'],
  ['completions', 'completions'],
  ['responses', 'responses'],
  ['embeddings', 'embeddings'],
  ['batchEmbedContents', 'embeddings'],
  ['predict', 'embeddings'],
]);

/** What `test/fixtures/recorded` holds, by provider type and operation. */
export function recordedOperations(): ReadonlyMap<string, ReadonlyMap<Operation, Recorded>> {
  const index = new URL('../test/fixtures/recorded/index.json', import.meta.url);
  const found = new Map<string, Map<Operation, Recorded>>();
  for (const { provider, endpoint, stream } of JSON.parse(readFileSync(index, 'utf8')) as Recording[]) {
    const operation = OPERATIONS.get(endpoint);
    if (operation === undefined) throw new Error(`a recording of '${endpoint}', which is no operation`);
    // Google's route that speaks OpenAI's wire is a type of its own.
    const type = provider === 'google' && endpoint === 'chat.completions' ? 'google-openai' : provider;
    const ofType = found.get(type) ?? new Map<Operation, Recorded>();
    const { whole, streamed } = ofType.get(operation) ?? { whole: 0, streamed: 0 };
    found.set(type, ofType.set(operation, stream ? { whole, streamed: streamed + 1 } : { whole: whole + 1, streamed }));
  }
  return found;
}
