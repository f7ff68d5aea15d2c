import type { OpenAI } from 'openai';
import { CHUNKS_PER_STREAM } from './upstream-facts.ts';

const SYSTEM =
  'You are a helpful assistant of an engineering team. Answer briefly, name your sources, and say so when you do not know. ';

const PARAMS = {
  model: 'bench-model',
  temperature: 0.2,
  messages: [
    { role: 'system' as const, content: SYSTEM.repeat(3) },
    { role: 'user' as const, content: 'How does the gateway decide which deployment answers a call?' },
  ],
};

/** One whole chat completion, its text looked at. */
export async function chat(client: OpenAI): Promise<void> {
  const answer = await client.chat.completions.create(PARAMS);
  if (!answer.choices[0]?.message.content) throw new Error('the answer has no text');
}

/** One stream, read to its end. */
export async function stream(client: OpenAI): Promise<void> {
  let chunks = 0;
  for await (const chunk of await client.chat.completions.create({ ...PARAMS, stream: true })) {
    if (chunk.choices.length > 0) chunks += 1;
  }
  if (chunks !== CHUNKS_PER_STREAM) throw new Error(`the stream had ${chunks} chunks`);
}

/** Makes `count` calls, so many at a time. */
export async function callMany(call: () => Promise<void>, count: number, concurrency: number): Promise<void> {
  let left = count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await call();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
