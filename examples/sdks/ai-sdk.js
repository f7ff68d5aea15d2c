// The AI SDK with the gateway as its fetch: nothing listens on a port.
import { createOpenAI } from '@ai-sdk/openai';
import { generateText, streamText } from 'ai';
import { gateway } from './gateway.js';

const tollgate = createOpenAI({ apiKey: 'none', fetch: gateway.handler });
// The attempts are the gateway's.
const asked = { maxRetries: 0, prompt: 'Say hello.' };

const { text } = await generateText({ model: tollgate.chat('fast'), ...asked });
console.log(`chat: ${text}`);
console.log(`stream: ${await streamText({ model: tollgate.chat('fast'), ...asked }).text}`);
await gateway.close();
