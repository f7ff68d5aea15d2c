// @openai/agents with the gateway as its client: a Gateway is an OpenAI client.
import { Agent, OpenAIChatCompletionsModel, Runner } from '@openai/agents';
import { gateway } from './gateway.js';

// Traces would go to OpenAI.
const runner = new Runner({ tracingDisabled: true });
const model = new OpenAIChatCompletionsModel(gateway, 'fast');
const agent = new Agent({ name: 'greeter', instructions: 'Be kind.', model });
const { finalOutput } = await runner.run(agent, 'Say hello.');
console.log(`chat: ${finalOutput}`);
await gateway.close();
