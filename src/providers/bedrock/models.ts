import type { Capabilities } from '../../core/capabilities.ts';
import type { HistoryDemand } from '../chat/history-demand.ts';

/** How a model family on Bedrock differs from the others; what Converse itself leaves to the model. */
export interface BedrockModel {
  /** Strongest tool choice it takes; `auto` means that the field has to be left out. */
  readonly toolChoice: 'named' | 'any' | 'auto';
  /** Where `reasoning_effort` goes in `additionalModelRequestFields`. */
  readonly reasoning: ReasoningForm;
  /** Where `top_k` goes in `additionalModelRequestFields`. */
  readonly topK: 'top_k' | 'nova' | 'nowhere';
  /** Takes `outputConfig.textFormat`. */
  readonly textFormat: boolean;
  /** Takes `cachePoint` blocks, and takes them among tools. */
  readonly cache: 'everywhere' | 'not-in-tools' | 'nowhere';
  /** Takes a time to live of one hour on cache points. */
  readonly cacheForAnHour: boolean;
  /** Calls tools in a stream too. */
  readonly toolsInStreams: boolean;
  /** Takes a `system` field. */
  readonly system: boolean;
  /** Takes images and documents inside tool results. */
  readonly mediaInToolResults: boolean;
  /** Takes the status of a tool result: Claude from 3 on, and Nova (API reference, "ToolResultBlock"). */
  readonly errorResults: boolean;
  /**
   * Reasoning blocks that it takes back: Claude's own, signed ones, or none, as the other families refuse or ignore them.
   * `if-it-thinks`: an id that tells no family is Claude if the request makes it think in Claude's words.
   */
  readonly takesBack: 'claudes' | 'if-it-thinks' | 'nothing';
  /** While it thinks on a budget. */
  readonly history: HistoryDemand;
  /** Refuses `temperature`, `top_p` and `top_k` altogether, or `temperature` together with `top_p`. */
  readonly sampling: 'free' | 'one-of' | 'none';
  readonly isClaude: boolean;
  readonly capabilities: Capabilities;
}

export type ReasoningForm =
  | 'adaptive'
  | 'adaptive-with-xhigh'
  | 'budget'
  | 'reasoning_effort'
  | 'reasoning_config'
  | 'nova'
  | 'none';

/**
 * The family of a model id, an inference profile id or an ARN that ends in one. Ids that tell nothing (provisioned
 * throughput, application inference profiles) get the family that rules nothing out.
 */
export function bedrockModel(upstreamModel: string): BedrockModel {
  const known = cache.get(upstreamModel);
  if (known) return known;
  const row = ROWS.find(([pattern]) => pattern.test(upstreamModel));
  const model = row ? row[1] : UNKNOWN;
  if (cache.size < LARGEST_CACHE) cache.set(upstreamModel, model);
  return model;
}

const LARGEST_CACHE = 1_000;
const cache = new Map<string, BedrockModel>();

const UNKNOWN: BedrockModel = {
  toolChoice: 'named',
  reasoning: 'none',
  topK: 'nowhere',
  textFormat: false,
  cache: 'everywhere',
  cacheForAnHour: true,
  toolsInStreams: true,
  system: true,
  mediaInToolResults: true,
  errorResults: false,
  takesBack: 'if-it-thinks',
  history: 'nothing',
  sampling: 'free',
  isClaude: false,
  capabilities: {},
};

const PLAIN: BedrockModel = {
  ...UNKNOWN,
  toolChoice: 'auto',
  cache: 'nowhere',
  cacheForAnHour: false,
  mediaInToolResults: false,
  takesBack: 'nothing',
  capabilities: { streaming: true, audioInput: false },
};

// Claude: tools, vision and documents from 3 on (Bedrock user guide, "Supported models and model features"); output limits,
// adaptive thinking from 4.6, refused sampling fields from Opus 4.7, structured output from 4.5, no prefill from 4.6 (Anthropic's
// documentation of the models); one-hour cache points from 4.5 (Bedrock user guide, "Prompt caching").
const CLAUDE_2: BedrockModel = {
  ...PLAIN,
  isClaude: true,
  history: 'thinking-before-open-loop',
  topK: 'top_k',
  capabilities: claude({ tools: false, vision: false }),
};
const CLAUDE_3: BedrockModel = {
  ...CLAUDE_2,
  toolChoice: 'named',
  mediaInToolResults: true,
  errorResults: true,
  capabilities: claude({ reasoning: false, maxOutputTokens: 4_096 }),
};
const CLAUDE_3_5: BedrockModel = { ...CLAUDE_3, capabilities: claude({ reasoning: false, maxOutputTokens: 8_192 }) };
const CLAUDE_3_7: BedrockModel = {
  ...CLAUDE_3,
  reasoning: 'budget',
  cache: 'everywhere',
  takesBack: 'claudes',
  capabilities: claude({ reasoning: true }),
};
const CLAUDE_OPUS_4: BedrockModel = { ...CLAUDE_3_7, capabilities: claude({ reasoning: true, maxOutputTokens: 32_000 }) };
const CLAUDE_OPUS_4_1: BedrockModel = { ...CLAUDE_OPUS_4, sampling: 'one-of' };
const CLAUDE_SONNET_4: BedrockModel = { ...CLAUDE_3_7, capabilities: claude({ reasoning: true, maxOutputTokens: 64_000 }) };
const CLAUDE_4_5: BedrockModel = {
  ...CLAUDE_SONNET_4,
  sampling: 'one-of',
  textFormat: true,
  cacheForAnHour: true,
  capabilities: claude({ reasoning: true, jsonSchema: true, maxOutputTokens: 64_000 }),
};
const CLAUDE_4_6: BedrockModel = {
  ...CLAUDE_4_5,
  reasoning: 'adaptive',
  capabilities: claude({ reasoning: true, jsonSchema: true, prefill: false, maxOutputTokens: 128_000 }),
};
const CLAUDE_4_7: BedrockModel = { ...CLAUDE_4_6, reasoning: 'adaptive-with-xhigh', sampling: 'none' };

// Nova: tool choice (API reference, "ToolChoice"), cache points in `system` and `messages` only (user guide, "Prompt caching").
const NOVA: BedrockModel = {
  ...PLAIN,
  toolChoice: 'named',
  topK: 'nova',
  cache: 'not-in-tools',
  mediaInToolResults: true,
  errorResults: true,
  capabilities: {
    tools: true,
    parallelTools: true,
    vision: true,
    documents: true,
    streaming: true,
    audioInput: false,
    reasoning: false,
  },
};
const NOVA_MICRO: BedrockModel = { ...NOVA, capabilities: { ...NOVA.capabilities, vision: false, documents: false } };
const NOVA_2: BedrockModel = {
  ...NOVA,
  reasoning: 'nova',
  capabilities: { tools: true, parallelTools: true, vision: true, documents: true, streaming: true, reasoning: true },
};

// Open-weight models with structured output (user guide, "Get validated JSON results from models").
const OPEN_WEIGHT: BedrockModel = {
  ...PLAIN,
  textFormat: true,
  capabilities: { streaming: true, jsonSchema: true, tools: true },
};

const TEXT_ONLY: Capabilities = { streaming: true, tools: false, vision: false, audioInput: false, reasoning: false };
const WITH_TOOLS: Capabilities = { streaming: true, tools: true, vision: false, documents: true, audioInput: false };

/** First match wins. */
const ROWS: readonly (readonly [RegExp, BedrockModel])[] = [
  [/claude-(?:opus-4-[789]|(?:opus|sonnet|haiku|fable|mythos)-[5-9])/, CLAUDE_4_7],
  [/claude-(?:opus|sonnet)-4-6/, CLAUDE_4_6],
  [/claude-(?:opus|sonnet|haiku)-4-5/, CLAUDE_4_5],
  [/claude-opus-4-1/, CLAUDE_OPUS_4_1],
  [/claude-opus-4/, CLAUDE_OPUS_4],
  [/claude-sonnet-4/, CLAUDE_SONNET_4],
  [/claude-3-7/, CLAUDE_3_7],
  [/claude-3-5-haiku/, { ...CLAUDE_3_5, cache: 'everywhere', capabilities: { ...CLAUDE_3_5.capabilities, vision: undefined } }],
  [/claude-3-5/, CLAUDE_3_5],
  [/claude-3/, CLAUDE_3],
  [/anthropic\.claude/, CLAUDE_2],
  [/amazon\.nova-2/, NOVA_2],
  [/amazon\.nova-micro/, NOVA_MICRO],
  [/amazon\.nova/, NOVA],
  [/amazon\.titan-text/, { ...PLAIN, system: false, capabilities: TEXT_ONLY }],
  [/meta\.llama4/, { ...PLAIN, toolsInStreams: false, capabilities: { ...WITH_TOOLS, vision: true } }],
  [/meta\.llama3-2-(?:11|90)b/, { ...PLAIN, toolsInStreams: false, capabilities: { ...WITH_TOOLS, vision: true } }],
  [/meta\.llama3-1-/, { ...PLAIN, toolsInStreams: false, capabilities: WITH_TOOLS }],
  [/meta\.llama3-3-/, { ...PLAIN, capabilities: WITH_TOOLS }],
  [/meta\.llama/, { ...PLAIN, capabilities: { ...WITH_TOOLS, tools: false } }],
  [/mistral\.pixtral/, { ...PLAIN, mediaInToolResults: true, capabilities: { ...WITH_TOOLS, vision: true } }],
  [/mistral\.mistral-large-240/, { ...PLAIN, toolChoice: 'any', toolsInStreams: false, capabilities: WITH_TOOLS }],
  [/mistral\.(?:mistral-7b|mixtral)/, { ...PLAIN, system: false, capabilities: { ...TEXT_ONLY, documents: true } }],
  [/mistral\.mistral-small-2402/, { ...PLAIN, capabilities: WITH_TOOLS }],
  [/mistral\./, OPEN_WEIGHT],
  [/cohere\.command-r/, { ...PLAIN, capabilities: WITH_TOOLS }],
  [/ai21\.jamba-1-5/, { ...PLAIN, capabilities: WITH_TOOLS }],
  [/ai21\./, { ...PLAIN, capabilities: TEXT_ONLY }],
  [/deepseek\.r1/, { ...PLAIN, capabilities: { ...TEXT_ONLY, reasoning: true } }],
  [
    /openai\.gpt-oss/,
    { ...OPEN_WEIGHT, reasoning: 'reasoning_effort', capabilities: { ...OPEN_WEIGHT.capabilities, reasoning: true } },
  ],
  [/qwen\.qwen3/, { ...OPEN_WEIGHT, reasoning: 'reasoning_config' }],
  [/(?:deepseek|qwen|minimax|moonshot|moonshotai|google|nvidia|zai)\./, OPEN_WEIGHT],
];

function claude(differing: Capabilities): Capabilities {
  return {
    tools: true,
    parallelTools: true,
    vision: true,
    documents: true,
    audioInput: false,
    jsonSchema: undefined,
    prefill: true,
    streaming: true,
    ...differing,
  };
}
