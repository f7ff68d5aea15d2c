import type { Capabilities } from '../../core/capabilities.ts';

/** How Cohere's chat models differ (Cohere's model pages and the API reference of `/v2/chat`). */
export interface CohereModel {
  /** Takes `tool_choice`: Command R7B and later. */
  readonly toolChoice: boolean;
  readonly capabilities: Capabilities;
}

export function cohereModel(upstreamModel: string): CohereModel {
  return ROWS.find(([pattern]) => pattern.test(upstreamModel))?.[1] ?? UNKNOWN;
}

const UNKNOWN: CohereModel = { toolChoice: true, capabilities: { audioInput: false, documents: false } };
const COMMAND: Capabilities = {
  tools: true,
  parallelTools: true,
  vision: false,
  documents: false,
  audioInput: false,
  jsonSchema: true,
  reasoning: false,
  prefill: false,
  streaming: true,
};

/** First match wins. */
const ROWS: readonly (readonly [RegExp, CohereModel])[] = [
  [/^command-a-plus/, { toolChoice: true, capabilities: { ...COMMAND, vision: true, reasoning: undefined } }],
  [/^command-a-reasoning/, { toolChoice: true, capabilities: { ...COMMAND, reasoning: true, maxOutputTokens: 32_000 } }],
  [/^command-a-vision/, { toolChoice: true, capabilities: { ...COMMAND, vision: true, tools: false } }],
  [/^command-(?:a|r7b)/, { toolChoice: true, capabilities: COMMAND }],
  [/^command/, { toolChoice: false, capabilities: COMMAND }],
  [/^c4ai-aya-vision/, { toolChoice: false, capabilities: { ...COMMAND, vision: true, tools: false, jsonSchema: undefined } }],
  [/^c4ai-aya/, { toolChoice: false, capabilities: { ...COMMAND, tools: false, jsonSchema: undefined } }],
];
