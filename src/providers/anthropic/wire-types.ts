/** Anthropic's Messages API as far as this wire speaks it; `test/types/anthropic.test-d.ts` checks it against the vendor's SDK. */

export interface CacheControl {
  type: 'ephemeral';
  ttl?: '5m' | '1h';
}
export interface TextBlock {
  type: 'text';
  text: string;
  cache_control?: CacheControl;
}
export interface ImageBlock {
  type: 'image';
  source:
    | { type: 'base64'; media_type: ImageMediaType; data: string }
    | { type: 'url'; url: string }
    | { type: 'file'; file_id: string };
  cache_control?: CacheControl;
}
export type ImageMediaType = 'image/jpeg' | 'image/png' | 'image/gif' | 'image/webp';
export interface DocumentBlock {
  type: 'document';
  source:
    | { type: 'base64'; media_type: 'application/pdf'; data: string }
    | { type: 'text'; media_type: 'text/plain'; data: string }
    | { type: 'url'; url: string }
    | { type: 'file'; file_id: string };
  title?: string;
  cache_control?: CacheControl;
}
export interface ThinkingBlock {
  type: 'thinking';
  thinking: string;
  /** Claude's always has one. Makers behind compatible hosts may have none, and get back none. */
  signature: string;
}
export interface RedactedThinkingBlock {
  type: 'redacted_thinking';
  data: string;
}
export interface ToolUseBlock {
  type: 'tool_use';
  id: string;
  name: string;
  input: Record<string, unknown>;
  cache_control?: CacheControl;
}
export interface ToolResultBlock {
  type: 'tool_result';
  tool_use_id: string;
  content?: string | (TextBlock | ImageBlock | DocumentBlock)[];
  is_error?: boolean;
  cache_control?: CacheControl;
}
export type MediaBlock = TextBlock | ImageBlock | DocumentBlock;
export type CacheableBlock = MediaBlock | ToolUseBlock | ToolResultBlock;
export type RequestBlock = CacheableBlock | ThinkingBlock | RedactedThinkingBlock;

export interface RequestMessage {
  role: 'user' | 'assistant';
  content: RequestBlock[];
}
/** Instructions in the middle of a conversation; newer models only. */
export interface SystemTurn {
  role: 'system';
  content: TextBlock[];
}

export interface ToolDefinition {
  name: string;
  description?: string;
  input_schema: { type: 'object'; [keyword: string]: unknown };
  strict?: boolean;
  cache_control?: CacheControl;
}
export type ToolChoice =
  | { type: 'auto'; disable_parallel_tool_use?: boolean }
  | { type: 'any'; disable_parallel_tool_use?: boolean }
  | { type: 'tool'; name: string; disable_parallel_tool_use?: boolean }
  | { type: 'none' };

export type Thinking =
  | { type: 'adaptive'; display?: 'summarized' | 'omitted' }
  | { type: 'enabled'; budget_tokens: number }
  | { type: 'between_tools' }
  | { type: 'disabled' };
export type Effort = 'low' | 'medium' | 'high' | 'xhigh' | 'max';
export interface OutputConfig {
  effort?: Effort;
  format?: { type: 'json_schema'; schema: Record<string, unknown> };
}

export interface MessagesRequest {
  /** Left out if the model stands in the path. */
  model?: string;
  anthropic_version?: string;
  max_tokens: number;
  messages: (RequestMessage | SystemTurn)[];
  system?: TextBlock[];
  stream?: boolean;
  temperature?: number;
  top_p?: number;
  top_k?: number;
  stop_sequences?: string[];
  tools?: ToolDefinition[];
  tool_choice?: ToolChoice;
  thinking?: Thinking;
  output_config?: OutputConfig;
  metadata?: { user_id: string };
  service_tier?: 'auto' | 'standard_only';
}

/** A block of an answer; blocks of server tools and of later versions fall under the last member. */
export type AnswerBlock =
  | { type: 'text'; text: string; citations?: Citation[] | null }
  | { type: 'thinking'; thinking: string; signature?: string }
  | { type: 'redacted_thinking'; data: string }
  | { type: 'tool_use'; id: string; name: string; input: unknown };

/** Where a text block says it comes from; only some kinds have a URL. */
export interface Citation {
  type: string;
  url?: string;
  source?: string;
  title?: string | null;
}

export interface AnswerUsage {
  input_tokens?: number | null;
  output_tokens?: number | null;
  cache_read_input_tokens?: number | null;
  cache_creation_input_tokens?: number | null;
  /** The cache writes by the time they are kept. */
  cache_creation?: { ephemeral_1h_input_tokens?: number | null; ephemeral_5m_input_tokens?: number | null } | null;
  output_tokens_details?: { thinking_tokens?: number | null } | null;
  service_tier?: string | null;
  /** `fast` costs more. */
  speed?: string | null;
  inference_geo?: string | null;
  /** How often its own tools were used, as `{ web_search_requests: 2 }`. */
  server_tool_use?: object | null;
  /** Of this wire's own: a later event of a stream told less than an earlier one. */
  shrank?: boolean;
}

export interface StopDetails {
  explanation?: string | null;
}

/** A whole answer; also the head of a stream, with `content` empty. */
export interface MessagesAnswer {
  type: 'message';
  id: string;
  model: string;
  content: { type: string }[];
  stop_reason: string | null;
  stop_details?: StopDetails | null;
  usage?: AnswerUsage;
}

export type BlockDelta =
  | { type: 'text_delta'; text: string }
  | { type: 'input_json_delta'; partial_json: string }
  | { type: 'thinking_delta'; thinking: string }
  | { type: 'signature_delta'; signature: string }
  | { type: 'citations_delta'; citation: Citation };

export type StreamEvent =
  | { type: 'message_start'; message: MessagesAnswer }
  | { type: 'content_block_start'; index: number; content_block: { type: string } }
  | { type: 'content_block_delta'; index: number; delta: BlockDelta }
  | { type: 'content_block_stop'; index: number }
  | {
      type: 'message_delta';
      delta: { stop_reason: string | null; stop_details?: StopDetails | null };
      usage?: AnswerUsage;
    }
  | { type: 'message_stop' }
  | { type: 'ping' }
  | { type: 'error'; error: { type: string; message: string } };
