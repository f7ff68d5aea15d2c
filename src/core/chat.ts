/**
 * Chat completions as the gateway speaks them inside: OpenAI's shapes, plus the conventions of API.md
 * (`reasoning_content`, `reasoning_details`, `cache_control`, `extra_content`, `native_finish_reason`).
 * Every wire translates from and to these.
 */
import type { OpenAiUsage } from './usage.ts';

/** For five minutes if `ttl` is left out. Any text is taken: a literal that was widened on its way is no mistake. */
export interface CacheControl {
  type: 'ephemeral' | (string & {});
  ttl?: '5m' | '1h' | (string & {});
}

export interface TextPart {
  type: 'text';
  text: string;
  cache_control?: CacheControl;
}
export interface ImagePart {
  type: 'image_url';
  image_url: { url: string; detail?: 'auto' | 'low' | 'high' };
  cache_control?: CacheControl;
}
export interface AudioPart {
  type: 'input_audio';
  input_audio: { data: string; format: string };
  cache_control?: CacheControl;
}
export interface FilePart {
  type: 'file';
  file: { file_data?: string | null; file_id?: string | null; filename?: string | null };
  cache_control?: CacheControl;
}
export interface RefusalPart {
  type: 'refusal';
  refusal: string;
}
export type ContentPart = TextPart | ImagePart | AudioPart | FilePart | RefusalPart;

/** One block of reasoning in the form OpenRouter made common; `signature` and `data` must come back unchanged. */
export interface ReasoningDetail {
  type: 'reasoning.text' | 'reasoning.summary' | 'reasoning.encrypted';
  text?: string | null;
  summary?: string;
  /** Opaque content of a redacted block. */
  data?: string;
  signature?: string | null;
  /** Whose block it is, e.g. `anthropic-claude-v1`, `google-gemini-v1`; only that wire takes it back. */
  format?: string;
  id?: string | null;
  index?: number;
}

export interface ToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
  extra_content?: { google?: { thought_signature?: string } };
  cache_control?: CacheControl;
}

export interface SystemMessage {
  role: 'system' | 'developer';
  content: string | ContentPart[];
  name?: string;
  cache_control?: CacheControl;
}
export interface UserMessage {
  role: 'user';
  content: string | ContentPart[];
  name?: string;
  cache_control?: CacheControl;
}
export interface AssistantMessage {
  role: 'assistant';
  content?: string | ContentPart[] | null;
  refusal?: string | null;
  /** A spoken answer that its maker still has; whole answers of OpenAI's come with what was said. */
  audio?: { id: string; transcript?: string | null } | null;
  name?: string;
  tool_calls?: ToolCall[];
  /** OpenAI's legacy single call. */
  function_call?: { name: string; arguments: string } | null;
  reasoning_content?: string | null;
  reasoning_details?: ReasoningDetail[];
  cache_control?: CacheControl;
}
export interface ToolMessage {
  role: 'tool';
  content: string | ContentPart[];
  tool_call_id: string;
  /** True if the tool failed, and the content says why. */
  is_error?: boolean | null;
  cache_control?: CacheControl;
}
/** OpenAI's legacy form of a tool result. */
export interface FunctionMessage {
  role: 'function';
  name: string;
  content: string | null;
}
export type ChatMessage = SystemMessage | UserMessage | AssistantMessage | ToolMessage | FunctionMessage;

export interface FunctionDefinition {
  name: string;
  description?: string;
  parameters?: Record<string, unknown>;
  strict?: boolean | null;
}
export interface FunctionTool {
  type: 'function';
  function: FunctionDefinition;
  cache_control?: CacheControl;
}
export type ToolChoice =
  | 'none'
  | 'auto'
  | 'required'
  | { type: 'function'; function: { name: string } }
  | { type: 'allowed_tools'; allowed_tools: { mode: 'auto' | 'required'; tools: Record<string, unknown>[] } };

export type ResponseFormat =
  | { type: 'text' }
  | { type: 'json_object' }
  | {
      type: 'json_schema';
      json_schema: { name: string; description?: string; schema?: Record<string, unknown>; strict?: boolean | null };
    };

export interface ChatParams {
  model: string;
  messages: ChatMessage[];
  stream?: boolean | null;
  stream_options?: { include_usage?: boolean; include_obfuscation?: boolean } | null;
  max_tokens?: number | null;
  max_completion_tokens?: number | null;
  temperature?: number | null;
  top_p?: number | null;
  /** Not OpenAI's; most other wires know it. */
  top_k?: number | null;
  stop?: string | string[] | null;
  seed?: number | null;
  n?: number | null;
  frequency_penalty?: number | null;
  presence_penalty?: number | null;
  logit_bias?: Record<string, number> | null;
  logprobs?: boolean | null;
  top_logprobs?: number | null;
  tools?: FunctionTool[];
  tool_choice?: ToolChoice;
  parallel_tool_calls?: boolean;
  /** OpenAI's legacy names of `tools` and `tool_choice`. */
  functions?: FunctionDefinition[];
  function_call?: 'none' | 'auto' | { name: string };
  response_format?: ResponseFormat;
  reasoning_effort?: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max' | null;
  user?: string;
  metadata?: Record<string, string> | null;
  service_tier?: string | null;
  [extra: string]: unknown;
}

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'function_call';

/** What a model drew into a chat: a data URL. */
export interface DrawnImage {
  type: 'image_url' | (string & {});
  image_url: { url: string };
}

/** What Google takes back to go on with an answer that stopped at a limit. */
export interface AnswerExtra {
  google?: { continuation_token?: string };
}

export interface ChatAnswerMessage {
  role: 'assistant';
  content: string | null;
  refusal: string | null;
  tool_calls?: ToolCall[];
  function_call?: { name: string; arguments: string };
  reasoning_content?: string;
  reasoning_details?: ReasoningDetail[];
  annotations?: unknown[];
  images?: DrawnImage[];
  extra_content?: AnswerExtra;
}
export interface ChatChoice {
  index: number;
  message: ChatAnswerMessage;
  finish_reason: FinishReason;
  /** The provider's own word for the finish. */
  native_finish_reason?: string | null;
  logprobs: { content: unknown[] | null; refusal: unknown[] | null } | null;
}
export interface ChatCompletion {
  id: string;
  object: 'chat.completion';
  created: number;
  model: string;
  choices: ChatChoice[];
  usage?: OpenAiUsage;
  service_tier?: string | null;
  [extra: string]: unknown;
}

export interface ToolCallDelta {
  index: number;
  id?: string;
  type?: 'function';
  function?: { name?: string; arguments?: string };
  extra_content?: { google?: { thought_signature?: string } };
}
export interface ChatDelta {
  role?: 'assistant';
  content?: string | null;
  refusal?: string | null;
  tool_calls?: ToolCallDelta[];
  function_call?: { name?: string; arguments?: string };
  reasoning_content?: string;
  reasoning_details?: ReasoningDetail[];
  annotations?: unknown[];
  images?: DrawnImage[];
  extra_content?: AnswerExtra;
  /** A piece of spoken output: base64, and the words of it. */
  audio?: { data?: string; transcript?: string };
}
export interface ChunkChoice {
  index: number;
  delta: ChatDelta;
  finish_reason: FinishReason | null;
  native_finish_reason?: string | null;
  logprobs?: { content: unknown[] | null; refusal: unknown[] | null } | null;
}
/**
 * One item of a chat stream. Usage comes on one last chunk of its own with `choices: []`, whatever the wire does;
 * the pipeline asks for it always and hands it to the caller only if the caller asked.
 */
export interface ChatChunk {
  id: string;
  object: 'chat.completion.chunk';
  created: number;
  model: string;
  choices: ChunkChoice[];
  usage?: OpenAiUsage | null;
  service_tier?: string | null;
  [extra: string]: unknown;
}
