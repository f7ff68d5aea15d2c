import type { Ask } from './support.ts';

type Json = Record<string, unknown>;
interface Native extends Json {
  model: string;
  messages: { role: 'user' | 'assistant'; content: string | Json[] }[];
  system?: string | Json[];
  tools?: Json[];
  tool_choice?: { type: string; name?: string; disable_parallel_tool_use?: boolean };
  output_config?: { effort?: string; format?: { schema: Json } };
}

/** The OpenAI params that say what a recorded native request says. */
export function toAsk(body: unknown): Ask {
  const { messages, system, tools, tool_choice, output_config, stop_sequences, stream, ...rest } = body as Native;
  const ask: Ask = { ...rest, stream: stream === true };
  ask.messages = [...systemMessages(system), ...messages.flatMap((message) => toMessages(message))];
  if (tools) ask.tools = tools.map(toTool);
  if (tool_choice) Object.assign(ask, toChoice(tool_choice));
  if (stop_sequences) ask.stop = stop_sequences;
  if (output_config?.effort) {
    ask.reasoning_effort = output_config.effort;
    delete ask.thinking;
  }
  if (output_config?.format) {
    ask.response_format = { type: 'json_schema', json_schema: { name: 'answer', schema: output_config.format.schema } };
  }
  return ask;
}

function systemMessages(system: Native['system']): Json[] {
  if (!system || system.length === 0) return [];
  return typeof system === 'string' ? [{ role: 'system', content: system }] : [{ role: 'system', content: system }];
}

function toMessages({ role, content }: Native['messages'][number]): Json[] {
  if (typeof content === 'string') return [{ role, content }];
  const rest = content.filter((block) => block.type !== 'tool_result').map(toPart);
  if (role === 'assistant') return [toAssistant(content)];
  const results = content
    .filter((block) => block.type === 'tool_result')
    .map((block) => ({
      role: 'tool',
      tool_call_id: block.tool_use_id,
      content: Array.isArray(block.content) ? block.content.map(toPart) : block.content,
      ...(block.cache_control ? { cache_control: block.cache_control } : {}),
    }));
  return rest.length > 0 ? [...results, { role, content: rest }] : results;
}

function toPart(block: Json): Json {
  const source = block.source as Json | undefined;
  if (block.type !== 'image' || source?.type !== 'base64') return block;
  return { type: 'image_url', image_url: { url: `data:${source.media_type};base64,${source.data}` } };
}

function toAssistant(blocks: Json[]): Json {
  const calls = blocks.filter((block) => block.type === 'tool_use');
  const thinking = blocks.filter((block) => block.type === 'thinking');
  const marked = calls.find((block) => block.cache_control);
  return {
    role: 'assistant',
    content: blocks.filter((block) => block.type !== 'tool_use' && block.type !== 'thinking'),
    ...(marked ? { cache_control: marked.cache_control } : {}),
    ...(calls.length > 0
      ? {
          tool_calls: calls.map(({ id, name, input }) => ({
            id,
            type: 'function',
            function: { name, arguments: JSON.stringify(input) },
          })),
        }
      : {}),
    ...(thinking.length > 0
      ? {
          reasoning_details: thinking.map((block, index) => ({
            type: 'reasoning.text',
            text: block.thinking,
            signature: block.signature,
            format: 'anthropic-claude-v1',
            index,
          })),
        }
      : {}),
  };
}

function toTool(tool: Json): Json {
  if (!tool.input_schema) return tool;
  const { name, description, input_schema, ...switches } = tool;
  return { type: 'function', function: { name, description, parameters: input_schema }, ...switches };
}

function toChoice(choice: NonNullable<Native['tool_choice']>): Json {
  const params: Json = {};
  if (choice.disable_parallel_tool_use !== undefined) params.parallel_tool_calls = !choice.disable_parallel_tool_use;
  if (choice.type === 'any') params.tool_choice = 'required';
  else if (choice.type === 'tool') params.tool_choice = { type: 'function', function: { name: choice.name } };
  else params.tool_choice = choice.type;
  return params;
}

/**
 * A request without what means nothing: `stream: false`, `is_error: false`, empty descriptions and lists, switches at their
 * default; text as a block, and turns of one role joined, as Anthropic does on its side.
 */
export function comparable(body: unknown): unknown {
  const { messages, system, stream, tools, ...rest } = body as Native;
  const joined: { role: string; content: unknown[] }[] = [];
  for (const { role, content } of messages) {
    const blocks = toList(content).map(tidy);
    const last = joined.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else joined.push({ role, content: blocks });
  }
  const instructions = toList(system ?? []).map(tidy);
  return tidy({
    ...rest,
    messages: joined,
    ...(instructions.length > 0 ? { system: instructions } : {}),
    ...(stream ? { stream } : {}),
    ...(tools ? { tools: tools.map(tidy) } : {}),
  });
}

function toList(content: string | Json[]): Json[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key, child]) =>
      !(key === 'is_error' && child === false) &&
      !(key === 'description' && child === '') &&
      !(key === 'disable_parallel_tool_use' && child === false),
  );
  return Object.fromEntries(entries.map(([key, child]) => [key, tidy(child)]));
}
