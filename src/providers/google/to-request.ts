import type { ChatParams } from '../../core/chat.ts';
import type { Params } from '../../core/params.ts';
import { toConversation } from './contents.ts';
import { toGenerationConfig } from './generation-config.ts';
import type { GeminiModel } from './model.ts';
import { toCallingConfig, toTools } from './tools.ts';
import type { GeminiFunctionCallingConfig, GeminiRequest } from './wire-types.ts';

/** Chat params as the body of `generateContent` and `streamGenerateContent`. */
export function toChatRequest(given: Params, drop: ReadonlySet<string>, model: GeminiModel): GeminiRequest {
  const params = withoutDropped(given, drop) as ChatParams;
  const { systemInstruction, contents } = toConversation(params.messages, model);
  const request: GeminiRequest = { contents };
  if (systemInstruction !== undefined) request.systemInstruction = systemInstruction;
  addTools(request, params, model);
  const generationConfig = toGenerationConfig(params, model);
  if (Object.keys(generationConfig).length > 0) request.generationConfig = generationConfig;
  if (params.safetySettings != null) request.safetySettings = params.safetySettings;
  if (typeof params.cachedContent === 'string') request.cachedContent = params.cachedContent;
  if (params.labels != null && model.platform === 'vertex') request.labels = params.labels;
  if (params.service_tier === 'flex' || params.service_tier === 'priority') {
    if (model.platform === 'gemini-api') request.serviceTier = params.service_tier;
  }
  return request;
}

/** The params without those that the account leaves out. */
export function withoutDropped(params: Params, drop: ReadonlySet<string>): Params {
  if (drop.size === 0) return params;
  return Object.fromEntries(Object.entries(params).filter(([name]) => !drop.has(name)));
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
