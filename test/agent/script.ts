import type OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import type { Gateway } from 'tollgate';
import { expect } from 'vitest';
import { z } from 'zod';

/** A PNG of one pixel. */
const PHOTO = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=';

type Message = OpenAI.ChatCompletionMessageParam;
type Answer = OpenAI.ChatCompletionMessage & { reasoning_content?: string; reasoning_details?: unknown[] };

const TOOLS: OpenAI.ChatCompletionTool[] = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      description: 'The weather in a city',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false },
    },
  },
];

const Trip = z.object({ city: z.string(), days: z.number(), packing: z.array(z.string()) });

/** Where the script's calls go, and how the last request that left the gateway looked. */
export interface Desk {
  readonly gateway: Gateway;
  readonly model: string;
  /** Answers the streamed step with reasoning, if another upstream has to. */
  readonly thinkingModel: string;
  /** Whether its reasoning carries a signature that has to come back. */
  readonly signsReasoning: boolean;
  lastBody(): string;
}

/**
 * An agent's ten steps, the same on every wire. What a caller of OpenAI's client may rely on is expected in each;
 * nothing in it knows which provider answers.
 */
export async function runAgent(desk: Desk): Promise<Message[]> {
  const history: Message[] = [{ role: 'system', content: 'You plan trips.' }];
  await introduces(desk, history);
  await looksAtAPhoto(desk, history);
  await asksForTwoToolsAtOnce(desk, history);
  await answersFromBothResults(desk, history);
  await streamsAToolCall(desk, history);
  await streamsTheAnswerToItsResult(desk, history);
  await givesAStructuredAnswer(desk, history);
  await streamsItsReasoning(desk, history);
  await isMadeToUseATool(desk, history);
  await runsOutOfTokens(desk, history);
  return history;
}

async function introduces(desk: Desk, history: Message[]): Promise<void> {
  const answer = await ask(desk, history, 'Who are you?', {});
  expect(answer.choices[0]?.message.content).toBe('I plan trips.');
  expect(answer.choices[0]?.finish_reason).toBe('stop');
  expect(answer.usage).toMatchObject({ prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 });
}

async function looksAtAPhoto(desk: Desk, history: Message[]): Promise<void> {
  const content: OpenAI.ChatCompletionContentPart[] = [
    { type: 'text', text: 'Where is this photo from?' },
    { type: 'image_url', image_url: { url: `data:image/png;base64,${PHOTO}` } },
  ];
  const answer = await ask(desk, history, content, { max_tokens: 500 });
  expect(answer.choices[0]?.message.content).toBe('From Rome.');
  expect(desk.lastBody()).toContain(PHOTO);
}

async function asksForTwoToolsAtOnce(desk: Desk, history: Message[]): Promise<void> {
  const answer = await ask(desk, history, 'Is it warmer there or in Oslo?', { tools: TOOLS });
  expect(answer.choices[0]?.finish_reason).toBe('tool_calls');
  const calls = callsOf(answer.choices[0]?.message);
  expect(calls.map(({ name, input }) => [name, input])).toEqual([
    ['get_weather', { city: 'Rome' }],
    ['get_weather', { city: 'Oslo' }],
  ]);
  expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
}

async function answersFromBothResults(desk: Desk, history: Message[]): Promise<void> {
  const [rome, oslo] = callsOf(history.at(-1));
  history.push({ role: 'tool', tool_call_id: rome?.id ?? '', content: '{"celsius":31}' });
  history.push({ role: 'tool', tool_call_id: oslo?.id ?? '', content: '{"celsius":18}' });
  const answer = await complete(desk, history, { tools: TOOLS });
  expect(answer.choices[0]?.message.content).toBe('Rome, by 13 degrees.');
  expect(desk.lastBody()).toContain('31');
}

async function streamsAToolCall(desk: Desk, history: Message[]): Promise<void> {
  const { message, finish } = await stream(desk, desk.model, push(history, 'And in Lima?'), {
    tools: TOOLS,
    parallel_tool_calls: true,
  });
  expect(finish).toBe('tool_calls');
  expect(callsOf(message).map(({ name, input }) => [name, input])).toEqual([['get_weather', { city: 'Lima' }]]);
  history.push(message);
}

async function streamsTheAnswerToItsResult(desk: Desk, history: Message[]): Promise<void> {
  const [lima] = callsOf(history.at(-1));
  history.push({ role: 'tool', tool_call_id: lima?.id ?? '', content: 'Twenty degrees and fog.' });
  const { message, finish, usage } = await stream(desk, desk.model, history, { tools: TOOLS });
  expect(message.content).toBe('Foggy and cool in Lima.');
  expect(finish).toBe('stop');
  expect(usage?.total_tokens).toBe(25);
  history.push(message);
}

async function givesAStructuredAnswer(desk: Desk, history: Message[]): Promise<void> {
  const messages = push(history, 'Plan it as JSON.');
  const answer = await desk.gateway.chat.completions.parse({
    model: desk.model,
    messages,
    response_format: zodResponseFormat(Trip, 'trip'),
  });
  expect(answer.choices[0]?.message.parsed).toEqual({ city: 'Rome', days: 3, packing: ['hat'] });
  history.push({ role: 'assistant', content: answer.choices[0]?.message.content ?? '' });
}

async function streamsItsReasoning(desk: Desk, history: Message[]): Promise<void> {
  const { message, finish, order } = await stream(desk, desk.thinkingModel, push(history, 'Why a hat?'), {
    reasoning_effort: 'low',
  });
  expect(finish).toBe('stop');
  expect(message.content).not.toBe('');
  expect(message.reasoning_content).not.toBe('');
  expect(order.indexOf('reasoning')).toBeLessThan(order.indexOf('text'));
  history.push(message);
}

async function isMadeToUseATool(desk: Desk, history: Message[]): Promise<void> {
  const choice = { type: 'function' as const, function: { name: 'get_weather' } };
  const { reasoning_details: details = [] } = history.at(-1) as { reasoning_details?: { signature?: string | null }[] };
  const signatures = details.flatMap(({ signature }) => signature ?? []);
  const answer = await ask(desk, history, 'Check Rome again.', { tools: TOOLS, tool_choice: choice });
  expect(signatures.length > 0).toBe(desk.signsReasoning);
  for (const signature of signatures) expect(desk.lastBody()).toContain(signature);
  const [call] = callsOf(answer.choices[0]?.message);
  expect(call).toMatchObject({ name: 'get_weather', input: { city: 'Rome' } });
  history.push({ role: 'tool', tool_call_id: call?.id ?? '', content: 'Still warm.' });
}

async function runsOutOfTokens(desk: Desk, history: Message[]): Promise<void> {
  const answer = await complete(desk, history, { tools: TOOLS, max_tokens: 16, stop: ['END'] });
  expect(answer.choices[0]?.finish_reason).toBe('length');
  expect(answer.choices[0]?.message.content).toBe('Pack light and');
}

type Options = Partial<OpenAI.ChatCompletionCreateParamsNonStreaming>;

function ask(
  desk: Desk,
  history: Message[],
  content: string | OpenAI.ChatCompletionContentPart[],
  options: Options,
): Promise<OpenAI.ChatCompletion> {
  return complete(desk, push(history, content), options);
}

async function complete(desk: Desk, history: Message[], options: Options): Promise<OpenAI.ChatCompletion> {
  const answer = await desk.gateway.chat.completions.create({ ...options, model: desk.model, messages: history });
  const message = answer.choices[0]?.message;
  if (message) history.push(message);
  return answer;
}

function push(history: Message[], content: string | OpenAI.ChatCompletionContentPart[]): Message[] {
  history.push({ role: 'user', content });
  return history;
}

/** A stream read to its end by the client's own helper, and what came first: reasoning or text. */
async function stream(desk: Desk, model: string, messages: Message[], options: Options) {
  const runner = desk.gateway.chat.completions.stream({
    ...options,
    model,
    messages,
    stream_options: { include_usage: true },
  } as never);
  const order: string[] = [];
  let reasoning = '';
  const details: unknown[] = [];
  runner.on('chunk', (chunk: OpenAI.ChatCompletionChunk) => {
    const delta = chunk.choices[0]?.delta as (Partial<Answer> & { content?: string | null }) | undefined;
    if (delta?.reasoning_content) order.push('reasoning');
    if (delta?.content) order.push('text');
    reasoning += delta?.reasoning_content ?? '';
    details.push(...(delta?.reasoning_details ?? []));
  });
  const completion = await runner.finalChatCompletion();
  const choice = completion.choices[0];
  const message = {
    ...choice?.message,
    reasoning_content: reasoning,
    ...(details.length > 0 && { reasoning_details: details }),
  } as Answer;
  return { message, finish: choice?.finish_reason, usage: completion.usage, order };
}

function callsOf(message: unknown): { id: string; name: string; input: unknown }[] {
  const { tool_calls: calls = [] } = (message ?? {}) as { tool_calls?: OpenAI.ChatCompletionMessageFunctionToolCall[] };
  return calls.map(({ id, function: called }) => ({ id, name: called.name, input: JSON.parse(called.arguments) as unknown }));
}
