import type { OpenAI } from 'openai';
import { describe, expect, it } from 'vitest';
import { bodies } from '../public/harness.ts';
import { claude, lastWanted, openrouter, QUESTION, stage, TOOLS, VENDORS } from './vendors.ts';

/** The tool as `runTools` runs it. */
const RUNNABLE = {
  type: 'function' as const,
  function: {
    name: 'weather',
    description: 'The weather.',
    parameters: { type: 'object' },
    parse: (text: string) => JSON.parse(text) as object,
    function: async () => 'sunny',
  },
};

type Extended = OpenAI.ChatCompletionMessage & { reasoning_content?: string; reasoning_details?: Record<string, unknown>[] };

// Without the memory, so that the helpers are seen to carry the fields themselves.
const WITHOUT_MEMORY = { turnMemory: false } as const;

describe.each(VENDORS)("the client's helpers, over %s", (_name, vendor, wanted) => {
  it('carry the reasoning through a tool loop of whole answers', async () => {
    const { gateway, model, server } = await stage(vendor, wanted, WITHOUT_MEMORY);
    const runner = gateway.chat.completions.runTools({ ...vendor.params, model, messages: [QUESTION], tools: [RUNNABLE] });
    expect(await runner.finalContent()).toBe('Rain.');
    expect(lastWanted(vendor, server)).toEqual(wanted);
  });

  it('carry it through a loop of streams', async () => {
    const { gateway, model, server } = await stage(vendor, wanted, WITHOUT_MEMORY);
    const runner = gateway
      .for({ user: 'one' })
      .chat.completions.runTools({ ...vendor.params, model, messages: [QUESTION], tools: [RUNNABLE], stream: true });
    expect(await runner.finalContent()).toBe('Rain.');
    expect(lastWanted(vendor, server)).toEqual(wanted);
  });

  it('give the whole of it in the message of a stream, which the vendor takes back', async () => {
    const { gateway, model, server } = await stage(vendor, wanted, WITHOUT_MEMORY);
    const stream = gateway.chat.completions.stream({ ...vendor.params, model, messages: [QUESTION], tools: TOOLS });
    const message = await stream.finalMessage();
    const result = { role: 'tool' as const, tool_call_id: message.tool_calls?.[0]?.id ?? '', content: 'sunny' };
    const answer = await gateway.chat.completions.create({
      ...vendor.params,
      model,
      messages: [QUESTION, message, result],
      tools: TOOLS,
    });
    expect(answer.choices[0]?.message.content).toBe('Rain.');
    expect(lastWanted(vendor, server)).toEqual(wanted);
  });
});

describe('the message of a stream', () => {
  it('has the whole text and whole blocks, as each snapshot has so far', async () => {
    const { gateway, model } = await stage(claude, 'sig-claude', WITHOUT_MEMORY);
    const stream = gateway.chat.completions.stream({ ...claude.params, model, messages: [QUESTION], tools: TOOLS });
    const seen: (string | undefined)[] = [];
    stream.on('chunk', (_chunk, { choices }) => seen.push((choices[0]?.message as Extended | undefined)?.reasoning_content));
    const completion = await stream.finalChatCompletion();
    const message = completion.choices[0]?.message as Extended | undefined;
    expect(seen).toContain('Look ');
    expect(seen.at(-1)).toBe('Look it up.');
    expect(message?.reasoning_content).toBe('Look it up.');
    expect(message?.reasoning_details).toEqual([
      { type: 'reasoning.text', text: 'Look it up.', signature: 'sig-claude', format: 'anthropic-claude-v1', index: 0 },
    ]);
  });

  it("leaves the stream's own deltas as they are", async () => {
    const { gateway, model } = await stage(openrouter, undefined, WITHOUT_MEMORY);
    const stream = gateway.chat.completions.stream({ model, messages: [QUESTION], tools: TOOLS });
    const deltas: unknown[] = [];
    for await (const { choices } of stream) {
      const delta = choices[0]?.delta as { reasoning_details?: { text?: string; signature?: string }[] } | undefined;
      for (const { text, signature } of delta?.reasoning_details ?? []) deltas.push(text ?? signature);
    }
    expect(deltas).toEqual(['Look ', 'it up.', 'sig-or']);
  });
});

describe('a tool loop', () => {
  it('keeps marks for caching on tools and on messages of the assistant', async () => {
    const { gateway, model, server } = await stage(claude, 'sig-claude', WITHOUT_MEMORY);
    const cache_control = { type: 'ephemeral' };
    const earlier = { role: 'assistant' as const, content: 'Hello.', cache_control };
    const messages = [{ role: 'user' as const, content: 'Hi' }, earlier, QUESTION];
    const tools = [{ ...RUNNABLE, cache_control }];
    const runner = gateway.chat.completions.runTools({ model, max_tokens: 100, messages, tools }, { maxChatCompletions: 1 });
    await runner.done();
    const [sent] = bodies(server) as {
      tools: { cache_control?: object }[];
      messages: { content: { cache_control?: object }[] }[];
    }[];
    expect(sent?.tools[0]?.cache_control).toEqual(cache_control);
    expect(sent?.messages[1]?.content[0]?.cache_control).toEqual(cache_control);
  });

  it("shows the runner's own messages as they came", async () => {
    const { gateway, model } = await stage(claude, 'sig-claude', WITHOUT_MEMORY);
    const runner = gateway.chat.completions.runTools({ ...claude.params, model, messages: [QUESTION], tools: [RUNNABLE] });
    await runner.done();
    expect(runner.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant']);
    expect((runner.messages[1] as Extended).reasoning_content).toBe('Look it up.');
  });
});
