import type { ChatParams } from '../../core/chat.ts';
import type { Params } from '../../core/params.ts';
import { readChatParams } from '../chat/read-params.ts';
import type { NativeForms } from '../chat/read-tools.ts';
import { toGenerationConfig } from './generation-config.ts';
import type { GeminiModel } from './model.ts';
import { toConversation } from './to-conversation.ts';
import { isNativeTool, toCallingConfig, toTools } from './tools.ts';
import type { GeminiFunctionCallingConfig, GeminiRequest } from './wire-types.ts';

/** Chat params as the body of `generateContent` and `streamGenerateContent`. */
export function toChatRequest(given: Params, model: GeminiModel): GeminiRequest {
  const params = readGeminiParams(given);
  const { systemInstruction, contents } = toConversation(params.messages, model);
  const request: GeminiRequest = { contents };
  if (systemInstruction !== undefined) request.systemInstruction = systemInstruction;
  addTools(request, params, model);
  const generationConfig = toGenerationConfig(params, model);
  if (Object.keys(generationConfig).length > 0) request.generationConfig = generationConfig;
  if (params.safetySettings != null) request.safetySettings = params.safetySettings;
  if (typeof params.cachedContent === 'string') request.cachedContent = params.cachedContent;
  if (typeof params.continuationToken === 'string') request.continuationToken = params.continuationToken;
  if (params.labels != null && model.platform === 'vertex') request.labels = params.labels;
  if (params.service_tier === 'flex' || params.service_tier === 'priority') {
    if (model.platform === 'gemini-api') request.serviceTier = params.service_tier;
  }
  return request;
}

const NATIVE_FORMS: NativeForms = { isTool: isNativeTool, isChoice: () => false };

/** The params of a chat call as this wire reads them; throws `RequestInvalid` if they are malformed. */
export function readGeminiParams(params: Params): ChatParams {
  return readChatParams(params, NATIVE_FORMS);
}

function addTools(request: GeminiRequest, params: ChatParams, model: GeminiModel): void {
  const tools = toTools(params, model);
  if (tools.length > 0) request.tools = tools;
  const functionCallingConfig = toCallingConfig(params, model);
  const given = isToolConfig(params.toolConfig) ? params.toolConfig : undefined;
  const merged = { ...functionCallingConfig, ...given?.functionCallingConfig };
  if (functionCallingConfig === undefined && given === undefined) return;
  request.toolConfig = Object.keys(merged).length > 0 ? { ...given, functionCallingConfig: merged } : { ...given };
}

function isToolConfig(value: unknown): value is { functionCallingConfig?: Partial<GeminiFunctionCallingConfig> } {
  return typeof value === 'object' && value !== null;
}
