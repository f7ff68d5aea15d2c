import { LLMock } from '@copilotkit/aimock';
import type { Upstreams } from './upstreams.ts';

/** Three upstreams on loopback that speak the wires of OpenAI, Anthropic and Gemini. */
export async function mockUpstreams(): Promise<Upstreams> {
  const mocks = [mock('OpenAI'), mock('Anthropic'), mock('Gemini')] as const;
  const [openai, anthropic, google] = mocks;
  for (const each of mocks) await each.start();
  return {
    intro: 'Three upstreams on loopback speak the wires of OpenAI, Anthropic and Gemini.',
    providers: {
      openai: { apiKey: 'sk-demo', baseURL: `${openai.url}/v1` },
      anthropic: { apiKey: 'sk-ant-demo', baseURL: anthropic.url },
      google: { apiKey: 'demo', baseURL: google.url },
    },
    models: ['openai/gpt-5-mini', 'anthropic/claude-haiku-4-5', 'google/gemini-2.5-flash'],
    keyVariables: [],
    teamBudgetUsd: 0.003,
    callsToRunOut: 50,
    failNext(status, retryAfterSeconds) {
      const error = { message: status === 429 ? 'Slow down.' : 'Service unavailable.', type: 'server_error' };
      let requests = 0;
      const response = { error, status, ...(retryAfterSeconds !== undefined && { retryAfter: retryAfterSeconds }) };
      const isFirst = () => {
        requests += 1;
        return requests === 1;
      };
      openai.prependFixture({ match: { predicate: isFirst }, response });
    },
    async close() {
      for (const each of mocks) await each.stop();
    },
  };
}

function mock(vendor: string): LLMock {
  const server = new LLMock({ port: 0 });
  const say = (to: string, content: string, usage: typeof SHORT) => server.onMessage(to, { content, usage });
  say('Say hello', `Hello from the ${vendor} wire.`, SHORT);
  say('Count to five', 'One, two, three, four, five.', SHORT);
  say('Are you there', `Yes, ${vendor} is.`, SHORT);
  say('my turn', 'It is now.', SHORT);
  say('Once more', 'Here you are, once more.', LONG);
  return server;
}

/** A usage under the names of all three wires. */
function usage(input: number, output: number) {
  return {
    ...{ prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
    ...{ input_tokens: input, output_tokens: output },
    ...{ promptTokenCount: input, candidatesTokenCount: output, totalTokenCount: input + output },
  };
}

const SHORT = usage(14, 9);
const LONG = usage(900, 180);
