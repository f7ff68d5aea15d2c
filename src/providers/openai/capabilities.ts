import type { Capabilities } from '../../core/capabilities.ts';

/**
 * What OpenAI documents of its own models (https://platform.openai.com/docs/models). Names that are not OpenAI's,
 * and what a page does not say, stay unknown.
 */
export function openAiCapabilities(upstreamModel: string, common: Capabilities): Capabilities {
  for (const [models, capabilities] of FAMILIES) if (models.test(upstreamModel)) return { ...common, ...capabilities };
  return common;
}

const FAMILIES: readonly (readonly [RegExp, Capabilities])[] = [
  [
    /^gpt-3\.5/,
    {
      tools: true,
      vision: false,
      documents: false,
      audioInput: false,
      jsonSchema: false,
      reasoning: false,
      maxOutputTokens: 4096,
    },
  ],
  [/^gpt-4-vision/, { tools: false, vision: true, documents: false, jsonSchema: false, reasoning: false, maxOutputTokens: 4096 }],
  [/^gpt-4-(turbo|1106|0125)/, { tools: true, documents: false, jsonSchema: false, reasoning: false, maxOutputTokens: 4096 }],
  [/^gpt-4(-\d{4})?$/, { tools: true, vision: false, documents: false, audioInput: false, jsonSchema: false, reasoning: false }],
  [/^gpt-4o(-mini)?-(audio|realtime)/, { tools: true, vision: false, audioInput: true, jsonSchema: false, reasoning: false }],
  [/^gpt-4o-2024-05-13$/, { tools: true, vision: true, jsonSchema: false, reasoning: false, maxOutputTokens: 4096 }],
  [
    /^gpt-4(o|\.1)/,
    { tools: true, parallelTools: true, vision: true, documents: true, audioInput: false, jsonSchema: true, reasoning: false },
  ],
  [/^gpt-5(\.\d+)?-chat/, { vision: true, reasoning: false }],
  [
    /^gpt-[5-9]/,
    { tools: true, parallelTools: true, vision: true, documents: true, audioInput: false, jsonSchema: true, reasoning: true },
  ],
  [/^o1-(mini|preview)/, { tools: false, vision: false, jsonSchema: false, reasoning: true }],
  [/^o3-mini/, { tools: true, vision: false, audioInput: false, jsonSchema: true, reasoning: true, maxOutputTokens: 100_000 }],
  [
    /^o[134]/,
    {
      tools: true,
      vision: true,
      documents: true,
      audioInput: false,
      jsonSchema: true,
      reasoning: true,
      maxOutputTokens: 100_000,
    },
  ],
];
