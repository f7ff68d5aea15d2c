import type { ChatMessage, ContentPart, FunctionTool } from '../../../src/core/chat.ts';

type Json = Record<string, unknown>;
export type Native = {
  contents: { role: string; parts: Json[] }[];
  systemInstruction?: { parts: { text: string }[] };
  tools?: { functionDeclarations?: Json[] }[];
  toolConfig?: { functionCallingConfig?: { mode: string } } & Json;
  generationConfig?: Json;
  cachedContent?: string;
};

/** The OpenAI params that say what a native request says. */
export function toOpenAi(native: Native): Json {
  const system = native.systemInstruction?.parts.map(({ text }) => ({ role: 'system', content: text })) ?? [];
  const declarations = native.tools?.flatMap((tool) => tool.functionDeclarations ?? []) ?? [];
  const natives = native.tools?.filter((tool) => !tool.functionDeclarations) ?? [];
  const config = { ...native.generationConfig };
  const take = (name: string) => {
    const value = config[name];
    delete config[name];
    return value;
  };
  const { functionCallingConfig, ...toolConfig } = native.toolConfig ?? {};
  const isStrict = functionCallingConfig?.mode === 'VALIDATED';
  const tools = [...natives, ...declarations.map((declaration) => toTool(declaration, isStrict))];
  const schema = take('responseJsonSchema');
  const json = take('responseMimeType') === 'application/json';
  const thinking = config.thinkingConfig as Json | undefined;
  if (thinking?.thinkingLevel) delete config.thinkingConfig;
  return defined({
    messages: [...system, ...native.contents.flatMap(toMessages)],
    tools: tools.length > 0 ? tools : undefined,
    tool_choice: functionCallingConfig?.mode === 'AUTO' ? 'auto' : undefined,
    toolConfig: Object.keys(toolConfig).length > 0 ? toolConfig : undefined,
    reasoning_effort: thinking?.thinkingLevel ? String(thinking.thinkingLevel).toLowerCase() : undefined,
    response_format: json ? { type: 'json_schema', json_schema: { name: 'answer', schema } } : undefined,
    max_tokens: take('maxOutputTokens'),
    temperature: take('temperature'),
    top_p: take('topP'),
    top_k: take('topK'),
    stop: take('stopSequences'),
    seed: take('seed'),
    frequency_penalty: take('frequencyPenalty'),
    presence_penalty: take('presencePenalty'),
    logprobs: take('responseLogprobs'),
    cachedContent: native.cachedContent,
    generationConfig: Object.keys(config).length > 0 ? config : undefined,
  });
}

function toTool({ name, description, parameters, parametersJsonSchema }: Json, strict: boolean): FunctionTool {
  const schema = (parametersJsonSchema ?? lowerCased(parameters)) as Json;
  return { type: 'function', function: defined({ name, description, parameters: schema, strict: strict || undefined }) as never };
}

function toMessages({ role, parts }: { role: string; parts: Json[] }): ChatMessage[] {
  const responses = parts.filter((part) => part.functionResponse);
  if (responses.length > 0) return responses.map((part) => toToolMessage(part.functionResponse as Json));
  const calls = parts.filter((part) => part.functionCall);
  if (role === 'user') return [{ role, content: parts.map(toContentPart) }];
  const text = parts.map((part) => part.text ?? '').join('');
  if (calls.length === 0) return [{ role: 'assistant', content: text }];
  const toolCalls = calls.map(({ functionCall, thoughtSignature }) => {
    const { id, name, args } = functionCall as { id?: string; name: string; args: Json };
    return {
      id: id ?? idOf(name),
      type: 'function' as const,
      function: { name, arguments: JSON.stringify(args) },
      ...(thoughtSignature ? { extra_content: { google: { thought_signature: String(thoughtSignature) } } } : {}),
    };
  });
  return [{ role: 'assistant', content: null, tool_calls: toolCalls }];
}

/** An id as the gateway mints it for a call that had none on the wire. */
function idOf(name: string): string {
  return `call_gm_${name}`;
}

function toToolMessage({ id, name, response }: Json): ChatMessage {
  const { result, ...others } = response as Json;
  const content = typeof result === 'string' && Object.keys(others).length === 0 ? result : JSON.stringify(response);
  return { role: 'tool', tool_call_id: String(id ?? idOf(String(name))), content };
}

function toContentPart(part: Json): ContentPart {
  if (typeof part.text === 'string') return { type: 'text', text: part.text };
  const media = (part.inlineData ?? part.fileData) as { mimeType: string; data?: string; fileUri?: string };
  const url = media.fileUri ?? `data:${media.mimeType};base64,${media.data}`;
  if (media.mimeType.startsWith('image/')) return { type: 'image_url', image_url: { url } };
  return { type: 'file', file: { file_data: url, filename: 'document.pdf' } };
}

/** Without what clients write differently and the server reads the same. */
export function comparable(native: Native): Native {
  const { systemInstruction, generationConfig, tools, ...rest } = native;
  return defined({
    ...rest,
    systemInstruction: systemInstruction && { parts: systemInstruction.parts },
    generationConfig: Object.keys(generationConfig ?? {}).length > 0 ? generationConfig : undefined,
    tools: tools?.map((tool) =>
      tool.functionDeclarations ? { functionDeclarations: tool.functionDeclarations.map(comparableTool) } : tool,
    ),
  }) as Native;
}

function comparableTool({ description, parameters, parametersJsonSchema, ...rest }: Json): Json {
  const schema = parametersJsonSchema ?? lowerCased(parameters);
  const isEmpty = Object.keys(((schema as Json | undefined)?.properties as Json | undefined) ?? {}).length === 0;
  return defined({ ...rest, description: description || undefined, schema: isEmpty ? undefined : schema });
}

function lowerCased(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(lowerCased);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      key === 'type' && typeof value === 'string' ? value.toLowerCase() : lowerCased(value),
    ]),
  );
}

/** Google takes both spellings of a field; some clients mix them. Data of the caller's keeps its own. */
export function camelCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCased);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => {
      const isData = ['args', 'response', 'properties', 'responseJsonSchema'].includes(key) || key.includes('schema');
      return [key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()), isData ? child : camelCased(child)];
    }),
  );
}

function defined(record: Json): Json {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
