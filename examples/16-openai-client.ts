// An OpenAI client that other code makes or wants, with the gateway as its fetch: nothing listens on a port.
import OpenAI from 'openai';
import { Gateway } from 'tollgate';
import { scriptedProvider } from 'tollgate/testing';

const gateway = new Gateway({
  providers: { lab: { provider: scriptedProvider('lab', () => ({ text: 'hello' })) } },
  models: { fast: ['lab/small'] },
});

// The attempts are the gateway's.
const client = new OpenAI({ apiKey: 'none', maxRetries: 0, fetch: gateway.handler });
const messages = [{ role: 'user' as const, content: 'hello' }];

const answer = await client.chat.completions.create({ model: 'fast', messages });
console.log(answer.choices[0]?.message.content);

let said = '';
for await (const chunk of await client.chat.completions.create({ model: 'fast', messages, stream: true })) {
  said += chunk.choices[0]?.delta.content ?? '';
}
console.log(`streamed: ${said}`);
await gateway.close();
