import { LLMock } from '@copilotkit/aimock';

/** A usage under the names of all wires. */
const USAGE = {
  ...{ prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 },
  ...{ input_tokens: 20, output_tokens: 5 },
  ...{ promptTokenCount: 20, candidatesTokenCount: 5, totalTokenCount: 25 },
};

const weather = (city: string) => ({ name: 'get_weather', arguments: JSON.stringify({ city }) });

/** An independent mock of all providers, with the agent's part of the conversation. */
export async function startMock(): Promise<LLMock> {
  const mock = new LLMock({ port: 0 });
  const say = (to: string, content: string, more = {}) =>
    mock.on({ userMessage: to, hasToolResult: false }, { content, usage: USAGE, ...more });
  const call = (to: string, ...cities: string[]) =>
    mock.on({ userMessage: to, hasToolResult: false }, { toolCalls: cities.map(weather), usage: USAGE });
  const conclude = (to: string, content: string, more = {}) =>
    mock.on({ userMessage: to, hasToolResult: true }, { content, usage: USAGE, ...more });
  say('Who are you?', 'I plan trips.');
  say('Where is this photo from?', 'From Rome.');
  call('Is it warmer there or in Oslo?', 'Rome', 'Oslo');
  conclude('Is it warmer there or in Oslo?', 'Rome, by 13 degrees.');
  call('And in Lima?', 'Lima');
  conclude('And in Lima?', 'Foggy and cool in Lima.');
  say('Plan it as JSON.', JSON.stringify({ city: 'Rome', days: 3, packing: ['hat'] }));
  say('Why a hat?', 'The sun is strong.', { reasoning: 'Rome is hot in summer.' });
  call('Check Rome again.', 'Rome');
  conclude('Check Rome again.', 'Pack light and', { finishReason: 'length' });
  await mock.start();
  return mock;
}
