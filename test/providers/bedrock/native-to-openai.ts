import type { ChatMessage, ChatParams, ContentPart, FunctionTool, ToolCall } from '../../../src/core/chat.ts';

type Native = Record<string, unknown>;

/**
 * A recorded Converse request as the OpenAI params that express it; undefined if they cannot (videos, guarded
 * content, citations of documents given as text).
 */
export function toOpenAi(body: Native): ChatParams | undefined {
  const text = JSON.stringify(body);
  if (/"(?:video|guardContent|citations)"/.test(text)) return undefined;
  const messages: ChatMessage[] = [];
  const system = (body.system as Native[] | undefined) ?? [];
  if (system.length > 0) messages.push({ role: 'system', content: parts(system) });
  for (const message of body.messages as { role: 'user' | 'assistant'; content: Native[] }[]) messages.push(...turn(message));
  const inference = (body.inferenceConfig as Native | undefined) ?? {};
  const fields = (body.additionalModelRequestFields as Native | undefined) ?? {};
  const params: ChatParams = { model: 'm', messages };
  if (inference.maxTokens !== undefined) params.max_tokens = inference.maxTokens as number;
  if (inference.temperature !== undefined) params.temperature = inference.temperature as number;
  if (inference.topP !== undefined) params.top_p = inference.topP as number;
  if (inference.stopSequences !== undefined) params.stop = inference.stopSequences as string[];
  if (body.toolConfig) addTools(body.toolConfig as Native, params);
  const format = (body.outputConfig as Native | undefined)?.textFormat as
    | { structure: { jsonSchema: { name: string; description: string; schema: string } } }
    | undefined;
  if (format) {
    const { name, description, schema } = format.structure.jsonSchema;
    params.response_format = {
      type: 'json_schema',
      json_schema: { name, description, schema: JSON.parse(schema), strict: true },
    };
  }
  const effort = (fields.output_config as { effort?: ChatParams['reasoning_effort'] } | undefined)?.effort;
  if (effort) params.reasoning_effort = effort;
  else if (fields.thinking) params.thinking = fields.thinking;
  else if (Object.keys(fields).length > 0) params.additionalModelRequestFields = fields;
  return params;
}

function parts(blocks: Native[]): ContentPart[] {
  const result: ContentPart[] = [];
  for (const block of blocks) {
    const last = result.at(-1);
    if (block.cachePoint && last && last.type !== 'refusal') last.cache_control = { type: 'ephemeral' };
    const part = toPart(block);
    if (part) result.push(part);
  }
  return result;
}

function toPart(block: Native): ContentPart | undefined {
  if (typeof block.text === 'string') return { type: 'text', text: block.text };
  if (block.image) {
    const { format, source } = block.image as { format: string; source: { bytes?: string; s3Location?: { uri: string } } };
    return { type: 'image_url', image_url: { url: source.s3Location?.uri ?? `data:image/${format};base64,${source.bytes}` } };
  }
  if (block.document) {
    const { format, name, source } = block.document as { format: string; name: string; source: { bytes: string } };
    return { type: 'file', file: { filename: name, file_data: `data:application/${format};base64,${source.bytes}` } };
  }
  return undefined;
}

function turn({ role, content }: { role: 'user' | 'assistant'; content: Native[] }): ChatMessage[] {
  if (role === 'assistant') return [assistant(content)];
  const messages: ChatMessage[] = content.flatMap((block) => (block.toolResult ? [toolMessage(block.toolResult as Native)] : []));
  const rest = parts(content);
  if (rest.length > 0) messages.push({ role: 'user', content: rest });
  return messages;
}

function toolMessage({ toolUseId, content }: Native): ChatMessage {
  const blocks = (content as Native[]).map((block) => (block.json ? { text: JSON.stringify(block.json) } : block));
  return { role: 'tool', tool_call_id: toolUseId as string, content: parts(blocks) };
}

function assistant(content: Native[]): ChatMessage {
  const toolCalls: ToolCall[] = [];
  const message: ChatMessage & { role: 'assistant' } = { role: 'assistant', content: parts(content) };
  for (const block of content) {
    const use = block.toolUse as { toolUseId: string; name: string; input: unknown } | undefined;
    if (use)
      toolCalls.push({ id: use.toolUseId, type: 'function', function: { name: use.name, arguments: JSON.stringify(use.input) } });
    const reasoning = (block.reasoningContent as { reasoningText: { text: string; signature: string } } | undefined)
      ?.reasoningText;
    if (reasoning) message.reasoning_details = [{ type: 'reasoning.text', format: 'anthropic-claude-v1', ...reasoning }];
  }
  if (toolCalls.length > 0) message.tool_calls = toolCalls;
  return message;
}

function addTools({ tools, toolChoice }: Native, params: ChatParams): void {
  const offered: FunctionTool[] = [];
  for (const tool of tools as Native[]) {
    const last = offered.at(-1);
    if (tool.cachePoint && last) last.cache_control = { type: 'ephemeral' };
    const spec = tool.toolSpec as
      | { name: string; description?: string; inputSchema: { json: Native }; strict?: boolean }
      | undefined;
    if (!spec) continue;
    const { name, description, inputSchema, strict } = spec;
    const definition = {
      name,
      parameters: inputSchema.json,
      ...(description ? { description } : {}),
      ...(strict ? { strict } : {}),
    };
    offered.push({ type: 'function', function: definition });
  }
  params.tools = offered;
  const named = (toolChoice as { tool?: { name: string } } | undefined)?.tool?.name;
  if (named) params.tool_choice = { type: 'function', function: { name: named } };
}

/**
 * A request without what says nothing: empty fields, the default tool choice, the status of a result that succeeded.
 * Results recorded as JSON are compared as the text that is sent for them.
 */
export function normalised(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normalised);
  if (typeof value !== 'object' || value === null) return value;
  const { json, toolResult, ...rest } = value as Native;
  if (json !== undefined && Object.keys(rest).length === 0 && !('type' in (json as object)))
    return { text: JSON.stringify(json) };
  const result: Native = {};
  for (const [key, entry] of Object.entries(value)) {
    if (key === 'status' && entry === 'success') continue;
    if (key === 'toolChoice' && 'auto' in (entry as object)) continue;
    if (key === 'schema' && typeof entry === 'string') {
      result[key] = JSON.parse(entry);
      continue;
    }
    const isEmpty = (key === 'system' || key === 'inferenceConfig') && Object.keys(entry as object).length === 0;
    if (!isEmpty) result[key] = normalised(entry);
  }
  return result;
}
