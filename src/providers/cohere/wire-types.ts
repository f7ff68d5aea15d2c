/** The parts of Cohere's v2 API that are spoken here (API reference of `/v2/chat` and `/v2/embed`). */

export interface ChatRequest {
  model: string;
  messages: CohereMessage[];
  stream: boolean;
  tools?: CohereTool[];
  tool_choice?: 'REQUIRED' | 'NONE';
  strict_tools?: boolean;
  response_format?: { type: 'json_object'; json_schema?: Record<string, unknown> };
  max_tokens?: number;
  temperature?: number;
  p?: number;
  k?: number;
  stop_sequences?: string[];
  seed?: number;
  frequency_penalty?: number;
  presence_penalty?: number;
  logprobs?: boolean;
  thinking?: Thinking;
}

export type Thinking = { type: 'enabled'; token_budget?: number } | { type: 'disabled' };

export type CohereMessage =
  | { role: 'system'; content: string | TextContent[] }
  | { role: 'user'; content: string | (TextContent | ImageContent)[] }
  | {
      role: 'assistant';
      content?: string | (TextContent | ThinkingContent)[];
      tool_plan?: string;
      tool_calls?: CohereToolCall[];
    }
  | { role: 'tool'; tool_call_id: string; content: string | DocumentContent[] };

export interface TextContent {
  type: 'text';
  text: string;
}
export interface ImageContent {
  type: 'image_url';
  image_url: { url: string; detail?: 'auto' | 'low' | 'high' };
}
export interface ThinkingContent {
  type: 'thinking';
  thinking: string;
}
export interface DocumentContent {
  type: 'document';
  document: { data: Record<string, unknown> };
}
export interface CohereToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}
export interface CohereTool {
  type: 'function';
  function: { name: string; description?: string; parameters: Record<string, unknown> };
}

/** A whole answer; every field may be missing, since nothing vouches for what a host sends. */
export interface ChatResponse {
  id?: string;
  message?: AnswerMessage;
  finish_reason?: string;
  usage?: CohereUsage;
  logprobs?: LogprobItem[];
}
export interface AnswerMessage {
  content?: string | { type?: string; text?: string; thinking?: string }[];
  tool_plan?: string;
  tool_calls?: { id?: string; function?: { name?: string; arguments?: string } }[];
  citations?: Citation[];
}
export interface Citation {
  start?: number;
  end?: number;
  text?: string;
  sources?: {
    type?: string;
    id?: string;
    document?: Record<string, unknown>;
    tool_output?: Record<string, unknown>;
  }[];
}
export interface CohereUsage {
  /** What is paid. */
  billed_units?: { input_tokens?: number; output_tokens?: number };
  /** What the model saw, its template included. */
  tokens?: { input_tokens?: number; output_tokens?: number; image_tokens?: number; reasoning_tokens?: number };
  cached_tokens?: number;
}
export interface LogprobItem {
  text?: string;
  token_ids?: number[];
  logprobs?: number[];
}

/** What the last event of a stream says. */
export interface StreamEnd {
  finish_reason?: string;
  usage?: CohereUsage;
  /** Words, if the answer broke off. */
  error?: string;
}

/** Any event of a stream; `tool_calls`, `content` and `citations` are single objects in it. */
export interface StreamEvent {
  type?: string;
  id?: string;
  index?: number;
  delta?: {
    message?: {
      content?: { type?: string; text?: string; thinking?: string };
      tool_plan?: string;
      tool_calls?: { id?: string; function?: { name?: string; arguments?: string } };
      citations?: Citation;
    };
  } & StreamEnd;
  logprobs?: LogprobItem;
  message?: string;
}

export interface EmbedRequest {
  model: string;
  input_type: string;
  embedding_types: ['float'];
  texts: string[];
  output_dimension?: number;
  truncate?: string;
  max_tokens?: number;
  priority?: number;
}
export interface EmbedResponse {
  embeddings?: { float?: number[][] };
  meta?: { billed_units?: { input_tokens?: number } };
}
