/**
 * Clients that run tool loops. Each is given where the gateway answers, perhaps a `fetch` that calls its handler instead of the
 * network, the gateway, a model and how often it may try again (its own default), and resolves to the last text.
 */
import { RESULT } from './vendors.mjs';

/** What else the tool does. */
export const TOOL = { used() {} };
const execute = async () => {
  TOOL.used();
  return RESULT;
};

// By a variable: none of these is a package of this project.
const load = (name) => import(name);
const { z } = await load('zod');
const city = z.object({ city: z.string() });
const PROMPT = 'Weather in Oslo and Rome, then in Paris?';

async function aiLoop(model, providerOptions, { isStream, maxRetries }) {
  const { generateText, streamText, stepCountIs, isStepCount, tool } = await load('ai');
  const asked = {
    ...{ model, providerOptions, prompt: PROMPT, maxOutputTokens: 8_000, maxRetries },
    tools: { weather: tool({ description: 'Weather', inputSchema: city, execute }) },
    stopWhen: (isStepCount ?? stepCountIs)(5),
  };
  if (!isStream) return (await generateText(asked)).text;
  let problem;
  const { text } = streamText({ ...asked, onError: ({ error }) => (problem = error) });
  const said = await text.catch((error) => error);
  // An error of a later step ends the text as if nothing was wrong.
  if (problem !== undefined || said instanceof Error) throw problem ?? said;
  return said;
}

async function aiOpenai({ baseURL, fetch }) {
  const { createOpenAI } = await load('@ai-sdk/openai');
  return createOpenAI({ baseURL, apiKey: 'none', fetch });
}

const EFFORT = { reasoningEffort: 'low', forceReasoning: true };

async function agentLoop({ model: name, isStream }, modelOf) {
  const { Agent, Runner, tool } = await load('@openai/agents');
  const weather = tool({ name: 'weather', description: 'Weather', parameters: city, execute });
  const modelSettings = { reasoning: { effort: 'low' }, maxTokens: 8_000 };
  const agent = new Agent({
    name: 'weather',
    instructions: 'Help.',
    model: await modelOf(name),
    modelSettings,
    tools: [weather],
  });
  const runner = new Runner({ tracingDisabled: true });
  if (!isStream) return (await runner.run(agent, PROMPT)).finalOutput;
  const result = await runner.run(agent, PROMPT, { stream: true });
  for await (const _event of result);
  await result.completed;
  return result.finalOutput;
}

async function agentsClient({ baseURL, fetch, gateway, maxRetries }) {
  if (fetch) return gateway;
  const { OpenAI } = await load('openai');
  return new OpenAI({ baseURL, apiKey: 'none', maxRetries });
}

async function langchainLoop({ baseURL, fetch, model, isStream, maxRetries }, fields) {
  const { ChatOpenAI } = await load('@langchain/openai');
  const { HumanMessage, ToolMessage } = await load('@langchain/core/messages');
  const { tool } = await load('@langchain/core/tools');
  const weather = tool(execute, { name: 'weather', description: 'Weather', schema: city });
  const configuration = { baseURL, ...(fetch && { fetch }) };
  const chat = new ChatOpenAI({ model, apiKey: 'none', maxRetries, configuration, ...fields }).bindTools([weather]);
  const messages = [new HumanMessage(PROMPT)];
  for (;;) {
    const answer = isStream ? await joined(await chat.stream(messages)) : await chat.invoke(messages);
    messages.push(answer);
    if (answer.tool_calls.length === 0) return answer.text;
    for (const call of answer.tool_calls)
      messages.push(new ToolMessage({ content: await weather.invoke(call.args), tool_call_id: call.id }));
  }
}

async function joined(stream) {
  let whole;
  for await (const piece of stream) whole = whole === undefined ? piece : whole.concat(piece);
  return whole;
}

async function runTools({ gateway, model, isStream }) {
  const parameters = { type: 'object', properties: { city: { type: 'string' } } };
  const described = { name: 'weather', description: 'Weather', parameters, parse: JSON.parse, function: execute };
  const messages = [{ role: 'user', content: PROMPT }];
  const tools = [{ type: 'function', function: described }];
  const asked = { model, messages, tools, max_tokens: 8_000, reasoning_effort: 'low' };
  return gateway.chat.completions.runTools({ ...asked, stream: isStream }).finalContent();
}

export const CLIENTS = {
  runTools,
  '@ai-sdk/openai, chat': async (way) => aiLoop((await aiOpenai(way)).chat(way.model), { openai: EFFORT }, way),
  '@ai-sdk/openai, Responses': async (way) => aiLoop((await aiOpenai(way))(way.model), { openai: EFFORT }, way),
  '@ai-sdk/openai, Responses, store: false': async (way) =>
    aiLoop((await aiOpenai(way))(way.model), { openai: { ...EFFORT, store: false } }, way),
  async '@ai-sdk/openai-compatible'(way) {
    const { createOpenAICompatible } = await load('@ai-sdk/openai-compatible');
    const provider = createOpenAICompatible({ name: 'gateway', baseURL: way.baseURL, apiKey: 'none', fetch: way.fetch });
    return aiLoop(provider(way.model), { gateway: { reasoningEffort: 'low' } }, way);
  },
  '@openai/agents, chat': (way) =>
    agentLoop(way, async (name) => {
      const { OpenAIChatCompletionsModel } = await load('@openai/agents');
      return new OpenAIChatCompletionsModel(await agentsClient(way), name);
    }),
  '@openai/agents, Responses': (way) =>
    agentLoop(way, async (name) => {
      const { OpenAIResponsesModel } = await load('@openai/agents');
      return new OpenAIResponsesModel(await agentsClient(way), name);
    }),
  '@langchain/openai, chat': (way) =>
    langchainLoop(way, { maxTokens: 8_000, streamUsage: true, modelKwargs: { reasoning_effort: 'low' } }),
  '@langchain/openai, Responses': (way) =>
    langchainLoop(way, { maxTokens: 8_000, useResponsesApi: true, modelKwargs: { reasoning: { effort: 'low' } } }),
};
