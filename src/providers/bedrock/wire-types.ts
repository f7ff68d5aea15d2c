/** The parts of Bedrock's Converse API that are spoken here, as JSON carries them: bytes are base64 text. */

export interface ConverseRequest {
  messages: Message[];
  system?: SystemBlock[];
  inferenceConfig?: InferenceConfig;
  toolConfig?: ToolConfig;
  outputConfig?: OutputConfig;
  serviceTier?: { type: ServiceTier };
  requestMetadata?: Record<string, string>;
  additionalModelRequestFields?: Record<string, Json>;
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type ServiceTier = 'default' | 'flex' | 'priority' | 'reserved';

export interface InferenceConfig {
  maxTokens?: number;
  temperature?: number;
  topP?: number;
  stopSequences?: string[];
}

export interface Message {
  role: 'user' | 'assistant';
  content: ContentBlock[];
}

export interface CachePoint {
  cachePoint: { type: 'default'; ttl?: '5m' | '1h' };
}
export type SystemBlock = { text: string } | CachePoint;

export type ImageFormat = 'png' | 'jpeg' | 'gif' | 'webp';
export type DocumentFormat = 'pdf' | 'csv' | 'doc' | 'docx' | 'xls' | 'xlsx' | 'html' | 'txt' | 'md';
export type AudioFormat = 'mp3' | 'wav' | 'flac' | 'ogg' | 'opus' | 'aac' | 'm4a' | 'webm';
export type Source = { bytes: string } | { s3Location: { uri: string } };

export interface ImageBlock {
  image: { format: ImageFormat; source: Source };
}
export interface DocumentBlock {
  document: { format: DocumentFormat; name: string; source: Source };
}
export interface AudioBlock {
  audio: { format: AudioFormat; source: Source };
}
export interface ToolUseBlock {
  toolUse: { toolUseId: string; name: string; input: Json };
}
export interface ToolResultBlock {
  toolResult: { toolUseId: string; content: ToolResultContent[]; status?: 'success' | 'error' };
}
export type ToolResultContent = { text: string } | ImageBlock | DocumentBlock;
export interface ReasoningBlock {
  reasoningContent: { reasoningText: { text: string; signature?: string } } | { redactedContent: string };
}
export type ContentBlock =
  | { text: string }
  | ImageBlock
  | DocumentBlock
  | AudioBlock
  | ToolUseBlock
  | ToolResultBlock
  | ReasoningBlock
  | CachePoint;

export interface ToolSpec {
  toolSpec: { name: string; description?: string; inputSchema: { json: Json }; strict?: boolean };
}
export type ToolChoice = { auto: Record<string, never> } | { any: Record<string, never> } | { tool: { name: string } };
export interface ToolConfig {
  tools: (ToolSpec | CachePoint)[];
  toolChoice?: ToolChoice;
}

export interface OutputConfig {
  textFormat: {
    type: 'json_schema';
    structure: { jsonSchema: { name?: string; description?: string; schema: string } };
  };
}

/** A whole answer; every field may be missing, since nothing vouches for what a host sends. */
export interface ConverseResponse {
  output?: { message?: { role?: string; content?: AnswerBlock[] } };
  stopReason?: string;
  usage?: TokenUsage;
  serviceTier?: { type?: string };
}

export interface AnswerBlock {
  text?: string;
  toolUse?: { toolUseId?: string; name?: string; input?: unknown; type?: string };
  reasoningContent?: { reasoningText?: { text?: string; signature?: string }; redactedContent?: string };
  citationsContent?: { content?: { text?: string }[]; citations?: Citation[] };
}

export interface Citation {
  title?: string;
  location?: { web?: { url?: string } };
}

export interface TokenUsage {
  inputTokens?: number;
  outputTokens?: number;
  totalTokens?: number;
  cacheReadInputTokens?: number;
  cacheWriteInputTokens?: number;
  /** Older names of the same two counts. */
  cacheReadInputTokenCount?: number;
  cacheWriteInputTokenCount?: number;
  /** The cache writes by the time they are kept. */
  cacheDetails?: { ttl?: string; inputTokens?: number }[];
}

/** Payloads of ConverseStream's events, by the event's type. */
export interface ContentBlockStart {
  contentBlockIndex?: number;
  start?: { toolUse?: { toolUseId?: string; name?: string; type?: string } };
}
export interface ContentBlockDelta {
  contentBlockIndex?: number;
  delta?: {
    text?: string;
    toolUse?: { input?: string };
    reasoningContent?: { text?: string; signature?: string; redactedContent?: string };
    citation?: Citation;
  };
}
export interface MessageStop {
  stopReason?: string;
}
export interface Metadata {
  usage?: TokenUsage;
  serviceTier?: { type?: string };
}
