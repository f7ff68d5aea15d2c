/**
 * Types of the fields that the gateway has beside OpenAI's own. Whoever imports the library has them on the types of the
 * `openai` package. They come by inheritance, so that a program which declared one of them before may go on to do so.
 */
import type { OpenAI } from 'openai';
import type { APIPromise } from 'openai/core/api-promise';
import type { Stream } from 'openai/core/streaming';
import type { ResponseParseOptions } from 'openai/lib/ResponsesParser';
import type { ChatCompletionTool } from 'openai/resources/chat/completions/completions';
import type { AnswerExtra, CacheControl, DrawnImage, ReasoningDetail } from '../core/chat.ts';

export type { CacheControl, ReasoningDetail } from '../core/chat.ts';

/** On messages, parts of their content, tools and calls: what stands until here is kept in the provider's cache. */
export interface CacheFields {
  cache_control?: CacheControl;
}

/** The thinking of a message: its text under the names of `reasoningField`, and its blocks with their signatures. */
export interface ReasoningFields {
  reasoning_content?: string | null;
  reasoning?: string | null;
  reasoning_details?: ReasoningDetail[];
}

/** Of an answer and its deltas. `images`: data URLs of what Gemini and others drew. */
export interface AnswerFields extends ReasoningFields, ContinuationFields {
  images?: DrawnImage[];
}

/** Of an answer of Gemini's that stopped at a limit: `extra_content.google.continuation_token` is the next call's `continuationToken`. */
export interface ContinuationFields {
  extra_content?: AnswerExtra;
}

/** The provider's own word for the finish. */
export interface FinishFields {
  native_finish_reason?: string | null;
}

/** What a call of a tool has to bring back: the signature of a thought of Gemini's. */
export interface CallFields {
  extra_content?: { google?: { thought_signature?: string } };
}

/** What native wires and OpenAI-compatible vendors take beside OpenAI's params; each goes where it is known. */
export interface NativeParams extends CacheFields {
  /** Models to go on to, at OpenRouter. */
  models?: string[];
  top_k?: number | null;
  /** Thinking as Anthropic, Cohere and several OpenAI-compatible vendors name it; the rest of its fields are the vendor's. */
  thinking?: ThinkingParam | null;
  /** Qwen's. */
  enable_thinking?: boolean | null;
  // Anthropic
  stop_sequences?: string[] | null;
  anthropic_beta?: string | string[];
  betas?: string[];
  output_config?: { effort?: 'low' | 'medium' | 'high' | 'xhigh' | 'max'; format?: object; [field: string]: unknown };
  container?: string | object | null;
  mcp_servers?: object[];
  inference_geo?: string | null;
  speed?: 'standard' | 'fast' | null;
  diagnostics?: object | null;
  // Gemini
  generationConfig?: object;
  safetySettings?: object[];
  toolConfig?: object;
  labels?: Record<string, string>;
  cachedContent?: string;
  /** Goes on with an answer that stopped at a limit; the other params as they were. */
  continuationToken?: string;
  // Bedrock's Converse
  additionalModelRequestFields?: object;
  additionalModelResponseFieldPaths?: string[];
  guardrailConfig?: object;
  performanceConfig?: object;
  promptVariables?: object;
  requestMetadata?: Record<string, string>;
  serviceTier?: { type: string };
  // Cohere
  citation_options?: object;
  documents?: (string | object)[];
  priority?: number;
  raw_prompting?: boolean;
  safety_mode?: 'CONTEXTUAL' | 'STRICT' | 'OFF';
  strict_tools?: boolean;
}

/** How much a model may think, in the form of the vendors that have such a param. */
export interface ThinkingParam {
  type: 'enabled' | 'disabled' | 'adaptive' | 'between_tools' | 'auto';
  /** Anthropic's. */
  budget_tokens?: number;
  display?: 'summarized' | 'omitted';
  /** Cohere's. */
  token_budget?: number;
  [field: string]: unknown;
}

/** Of chats alone: Responses have fields of their own under these names. */
export interface NativeChatParams extends NativeParams {
  /** OpenRouter's. */
  reasoning?: { effort?: string | null; max_tokens?: number | null; enabled?: boolean; exclude?: boolean } | null;
  /** Anthropic's. */
  context_management?: object | null;
}

export interface NativeEmbeddingParams {
  /** Cohere's, at Bedrock too. */
  input_type?: string;
  truncate?: 'NONE' | 'START' | 'END' | 'LEFT' | 'RIGHT';
  max_tokens?: number;
  priority?: number;
  /** Gemini's. */
  taskType?: string;
  title?: string;
  /** Titan's. */
  normalize?: boolean;
}

/** Counts of a chat's usage that OpenAI does not have. */
export interface UsageFields {
  /** How and where Anthropic made the answer, and how often it used its own tools. */
  speed?: string;
  inference_geo?: string;
  /** The vendor's word for the tier that answered, if OpenAI has none for it. */
  service_tier?: string;
  server_tool_use?: Readonly<Record<string, number>>;
  /** The provider's counts contradicted each other and were put right. */
  repaired?: boolean;
}

export interface InputUsageFields {
  cache_write_tokens?: number;
  cache_write_1h_tokens?: number;
  image_tokens?: number;
  video_tokens?: number;
}

export interface OutputUsageFields {
  image_tokens?: number;
  video_tokens?: number;
  citation_tokens?: number;
}

/** A tool in a native wire's own form (`{ googleSearch: {} }`, `{ type: 'web_search_20250305', name: 'web_search' }`). */
export interface NativeTool {
  function?: never;
  custom?: never;
  [field: string]: unknown;
}

/** Chat params with what is no field of its own, but a further form of one of OpenAI's. */
export type WithNativeForms<Params extends { tools?: unknown; modalities?: unknown }> = Omit<Params, 'tools' | 'modalities'> & {
  tools?: (ChatCompletionTool | NativeTool)[];
  modalities?: ('text' | 'audio' | 'image')[] | null;
};

/** What one call asks of the response cache. */
export interface CacheOption {
  /** `false`: neither answered from the cache nor kept. Default: as configured. */
  cache?: boolean | { refresh?: boolean; ttl?: string | number } | undefined;
}

/** Options of one call beside OpenAI's. */
export interface CallOptions extends OpenAI.RequestOptions, CacheOption {}

/** The same for the helpers of Responses, which read answers by a format of their own. */
export interface ParseCallOptions extends CallOptions {
  parseAs?: ResponseParseOptions['parseAs'];
}

declare module 'openai/lib/AbstractChatCompletionRunner' {
  // Of `runTools`.
  interface RunnerOptions extends CacheOption {}
}

declare module 'openai/resources/chat/completions/completions' {
  interface ChatCompletionCreateParamsBase extends NativeChatParams {}

  interface ChatCompletionSystemMessageParam extends CacheFields {}
  interface ChatCompletionDeveloperMessageParam extends CacheFields {}
  interface ChatCompletionUserMessageParam extends CacheFields {}
  interface ChatCompletionAssistantMessageParam extends CacheFields, AnswerFields {}
  interface ChatCompletionToolMessageParam extends CacheFields {}

  interface ChatCompletionContentPartText extends CacheFields {}
  interface ChatCompletionContentPartImage extends CacheFields {}
  interface ChatCompletionContentPartInputAudio extends CacheFields {}
  namespace ChatCompletionContentPart {
    interface File extends CacheFields {}
  }

  interface ChatCompletionFunctionTool extends CacheFields {}
  interface ChatCompletionMessageFunctionToolCall extends CacheFields, CallFields {}

  interface ChatCompletionMessage extends AnswerFields {}
  namespace ChatCompletion {
    interface Choice extends FinishFields {}
  }
  namespace ChatCompletionChunk {
    interface Choice extends FinishFields {}
    namespace Choice {
      interface Delta extends AnswerFields {}
      namespace Delta {
        interface ToolCall extends CallFields {}
      }
    }
  }

  // Overloads beside those of the class: a union of OpenAI's cannot be widened by merging.
  interface Completions {
    create(body: WithNativeForms<ChatCompletionCreateParamsNonStreaming>, options?: CallOptions): APIPromise<ChatCompletion>;
    create(
      body: WithNativeForms<ChatCompletionCreateParamsStreaming>,
      options?: CallOptions,
    ): APIPromise<Stream<ChatCompletionChunk>>;
  }
}

declare module 'openai/resources/completions' {
  interface Completions {
    create(body: CompletionCreateParamsNonStreaming, options?: CallOptions): APIPromise<Completion>;
    create(body: CompletionCreateParamsStreaming, options?: CallOptions): APIPromise<Stream<Completion>>;
  }
  interface CompletionUsage extends UsageFields {}
  namespace CompletionUsage {
    interface PromptTokensDetails extends InputUsageFields {}
    interface CompletionTokensDetails extends OutputUsageFields {}
  }
}

declare module 'openai/resources/embeddings' {
  interface EmbeddingCreateParams extends NativeEmbeddingParams {}
  interface Embeddings {
    create(body: EmbeddingCreateParams, options?: CallOptions): APIPromise<CreateEmbeddingResponse>;
  }
}

declare module 'openai/resources/responses/responses' {
  interface ResponseCreateParamsBase extends NativeParams {}
  interface Responses {
    create(body: ResponseCreateParamsNonStreaming, options?: CallOptions): APIPromise<Response>;
    create(body: ResponseCreateParamsStreaming, options?: CallOptions): APIPromise<Stream<ResponseStreamEvent>>;
  }
  interface Response extends ContinuationFields {}
  interface ResponseFunctionToolCall extends CallFields {}
  interface ResponseInputText extends CacheFields {}
  interface ResponseInputImage extends CacheFields {}
  interface ResponseInputFile extends CacheFields {}
  interface EasyInputMessage extends CacheFields {}
  interface FunctionTool extends CacheFields {}
}

declare module 'openai/resources/images' {
  interface Images {
    generate(body: ImageGenerateParamsNonStreaming, options?: CallOptions): APIPromise<ImagesResponse>;
  }
}
