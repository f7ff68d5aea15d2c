/** The parts of Gemini's generateContent wire that the gateway speaks, on the Gemini API and on Vertex AI. */
export interface GeminiPart {
  text?: string;
  /** True on a part that is a summary of thoughts, not answer text. */
  thought?: boolean;
  thoughtSignature?: string;
  inlineData?: { mimeType?: string; data?: string };
  fileData?: { fileUri?: string; mimeType?: string };
  functionCall?: GeminiFunctionCall;
  functionResponse?: GeminiFunctionResponse;
}

export interface GeminiFunctionCall {
  id?: string;
  name?: string;
  args?: Record<string, unknown>;
  /** Vertex AI with `streamFunctionCallArguments`: pieces of the arguments. */
  partialArgs?: GeminiPartialArgument[];
  willContinue?: boolean;
}

export interface GeminiPartialArgument {
  /** RFC 9535, normalised: `$.recipe.steps[0]`. */
  jsonPath?: string;
  stringValue?: string;
  numberValue?: number;
  boolValue?: boolean;
  nullValue?: unknown;
  willContinue?: boolean;
}

export interface GeminiFunctionResponse {
  id?: string;
  name: string;
  response: Record<string, unknown>;
  /** Media of the result; Gemini 3 and later. */
  parts?: { inlineData?: { mimeType?: string; data?: string }; fileData?: { fileUri?: string; mimeType?: string } }[];
}

export interface GeminiContent {
  role?: string;
  parts?: GeminiPart[];
}

export interface GeminiFunctionDeclaration {
  name: string;
  description?: string;
  /** OpenAPI 3.0 subset; excludes `parametersJsonSchema`. */
  parameters?: Record<string, unknown>;
  parametersJsonSchema?: unknown;
}

export interface GeminiFunctionCallingConfig {
  mode: 'AUTO' | 'ANY' | 'NONE' | 'VALIDATED';
  allowedFunctionNames?: string[];
}

export interface GeminiThinkingConfig {
  includeThoughts?: boolean;
  thinkingBudget?: number;
  thinkingLevel?: 'MINIMAL' | 'LOW' | 'MEDIUM' | 'HIGH';
}

export interface GeminiGenerationConfig {
  candidateCount?: number;
  maxOutputTokens?: number;
  temperature?: number;
  topP?: number;
  topK?: number;
  stopSequences?: string[];
  seed?: number;
  frequencyPenalty?: number;
  presencePenalty?: number;
  responseLogprobs?: boolean;
  logprobs?: number;
  responseMimeType?: string;
  responseJsonSchema?: unknown;
  responseSchema?: Record<string, unknown>;
  responseModalities?: ('TEXT' | 'IMAGE')[];
  thinkingConfig?: GeminiThinkingConfig;
}

export interface GeminiRequest {
  contents: GeminiContent[];
  systemInstruction?: GeminiContent;
  /** One entry with the function declarations; further entries are the wire's own tools, as the caller gave them. */
  tools?: object[];
  toolConfig?: { functionCallingConfig?: Partial<GeminiFunctionCallingConfig> };
  generationConfig?: GeminiGenerationConfig;
  safetySettings?: unknown;
  cachedContent?: string;
  continuationToken?: string;
  labels?: unknown;
  serviceTier?: string;
}

export interface GeminiTokenCount {
  modality?: string | number;
  tokenCount?: number;
}

export interface GeminiUsage {
  promptTokenCount?: number;
  candidatesTokenCount?: number;
  thoughtsTokenCount?: number;
  cachedContentTokenCount?: number;
  toolUsePromptTokenCount?: number;
  totalTokenCount?: number;
  promptTokensDetails?: GeminiTokenCount[];
  candidatesTokensDetails?: GeminiTokenCount[];
  cacheTokensDetails?: GeminiTokenCount[];
  toolUsePromptTokensDetails?: GeminiTokenCount[];
  serviceTier?: string;
  /** Vertex AI's; a word, or its number. */
  trafficType?: string | number;
  /** Of this wire's own: a later item of a stream counted less than an earlier one. */
  shrank?: boolean;
}

export interface GeminiLogprob {
  token?: string;
  logProbability?: number;
}

export interface GeminiGroundingChunk {
  web?: { uri?: string; title?: string };
  retrievedContext?: { uri?: string; title?: string };
  maps?: { uri?: string; title?: string };
}

export interface GeminiGroundingMetadata {
  groundingChunks?: GeminiGroundingChunk[];
  /** Offsets are in bytes of the UTF-8 text. */
  groundingSupports?: { segment?: { startIndex?: number; endIndex?: number }; groundingChunkIndices?: number[] }[];
}

export interface GeminiCandidate {
  index?: number;
  content?: GeminiContent;
  /** A word, or its number if `enum-encoding=int` was asked for. */
  finishReason?: string | number;
  /** Opaque, base64: with it the same request goes on with the answer. */
  continuationToken?: string | undefined;
  groundingMetadata?: GeminiGroundingMetadata;
  logprobsResult?: { chosenCandidates?: GeminiLogprob[]; topCandidates?: { candidates?: GeminiLogprob[] }[] };
}

export interface GeminiResponse {
  candidates?: GeminiCandidate[];
  promptFeedback?: { blockReason?: string | number };
  usageMetadata?: GeminiUsage;
  modelVersion?: string;
  responseId?: string;
  createTime?: string;
}
