// LangChain's ChatOpenAI with the gateway as its fetch.
import { ChatOpenAI } from '@langchain/openai';
import { gateway } from './gateway.js';

const model = new ChatOpenAI({
  model: 'fast',
  apiKey: 'none',
  // The attempts are the gateway's.
  maxRetries: 0,
  configuration: { fetch: gateway.handler },
});
console.log(`chat: ${(await model.invoke('Say hello.')).text}`);
let said = '';
for await (const chunk of await model.stream('Say hello.')) said += chunk.text;
console.log(`stream: ${said}`);
await gateway.close();
