import type { Capabilities } from '../../core/capabilities.ts';
import type { Operation } from '../../core/operation.ts';
import type { ResetGrammar } from '../reset-headers.ts';
import type { HistoryRule } from './history-rule.ts';

/**
 * How a vendor departs from OpenAI's API, as data that one wire interprets. A row of the vendors' table starts from
 * `OPENAI_QUIRKS` (takes all that OpenAI takes) or `HOST_QUIRKS` (a host of open models) and says what differs.
 */
export interface VendorQuirks {
  /** False: the role `developer` is unknown there and becomes `system`. */
  readonly developerRole: boolean;
  /** Under which name the output limit goes; `by-model` is OpenAI's rule: its reasoning models refuse `max_tokens`. */
  readonly maxTokens: 'as-given' | 'max_tokens' | 'max_completion_tokens' | 'by-model';
  /**
   * `stream_options`, in which usage is asked for; left to the caller, or left out, if a vendor sends usage unasked and
   * takes the field for itself, or not at all.
   */
  readonly streamOptions: 'with-usage' | 'as-given' | 'none';
  /** Fields of messages beyond role, content and tool calls that the vendor takes; the others are left out. */
  readonly messageFields: ReadonlySet<MessageField>;
  /** Field of assistant messages that takes earlier reasoning back; undefined if none does. */
  readonly reasoningField: 'reasoning_content' | 'reasoning' | undefined;
  /** Models whose makers want `reasoning_content` back, whoever serves them, of a vendor of whom no field is known. */
  readonly reasoningModels: RegExp | undefined;
  /** What models demand of history beyond that; the first row whose `models` fit. */
  readonly history: readonly HistoryRule[];
  /** Reasoning items of the Responses API that are not the vendor's own: `refused` if it verifies them. */
  readonly foreignReasoning: 'refused' | 'as-given';
  /** Roles whose content must be a string: text parts are joined. */
  readonly stringContentRoles: ReadonlySet<string>;
  /** False: results of tools are text only; their media follow in the user's name. */
  readonly mediaInResults: boolean;
  /** True: messages of one role may not follow each other and are joined. */
  readonly alternatingRoles: boolean;
  /** True: a trailing assistant message must carry `prefix: true` to be continued. */
  readonly prefixFlag: boolean;
  /** The word for a tool choice of `required`. */
  readonly requiredToolChoice: 'required' | 'any';
  /** False: a tool choice of `allowed_tools` is unknown; the tools are filtered instead. */
  readonly allowedTools: boolean;
  /** Which ids of tool calls the vendor takes; others become such as it does. */
  readonly toolCallIds: 'any' | 'at-most-40' | 'nine-characters';
  /** OpenAI's name of a parameter to the vendor's. */
  readonly renamedParams: ReadonlyMap<string, string>;
  /** Parameters that are no more than hints and that the vendor rejects; left out. */
  readonly rejectedHints: ReadonlySet<string>;
  readonly reasoningEffort: ReasoningEffort;
  /** Models that think by default and refuse a forced tool while they do, or always if they can't leave off. */
  readonly forcedTools: readonly ForcedTools[];
  /** Parameters the vendor refuses or ignores although they change the answer. */
  readonly unsupported: readonly UnsupportedParams[];
  /** Tag around reasoning at the head of the text, if the vendor leaves it there. */
  readonly reasoningTag: 'think' | 'reasoning' | undefined;
  /** True: a finish reason of `stop` on an answer with tool calls means `tool_calls`. */
  readonly stopMayMeanToolCalls: boolean;
  /** True: `total_tokens` counts thoughts that `completion_tokens` leaves out and no detail names. */
  readonly totalCountsThoughts: boolean;
  /** True: `reasoning_tokens` and `citation_tokens` beside the details are in neither `completion_tokens` nor the total. */
  readonly countsApart: boolean;
  /** Most inputs of one embeddings request; the first row whose `models` fits, none if the vendor documents no limit. */
  readonly embeddingInputs: readonly EmbeddingInputs[];
  /** Encoding of embeddings: OpenAI's two, floats only, or always base64 of signed bytes. */
  readonly embeddings: 'float-or-base64' | 'float' | 'int8';
  /** Paths under the base URL that differ from OpenAI's. */
  readonly paths: ReadonlyMap<Operation, string>;
  /** Grammar of the rate limit headers' reset values. */
  readonly resetGrammar: ResetGrammar | undefined;
  /** What holds for every model of the vendor. */
  readonly capabilities: Capabilities;
}

/**
 * How reasoning is asked for: as `reasoning_effort`; the same but switched off by `thinking`; by a switch that knows only
 * on and off (`thinking.type`, `enable_thinking`); by two efforts; or inside a `reasoning` object.
 */
export type ReasoningEffort =
  | 'as-given'
  | 'as-given-or-thinking-off'
  | 'thinking-type'
  | 'enable-thinking'
  | 'high-or-none'
  | 'reasoning-object';

export type MessageField =
  | 'name'
  | 'refusal'
  | 'annotations'
  | 'audio'
  | 'images'
  | 'cache_control'
  | 'reasoning_details'
  | 'extra_content'
  | 'is_error';

export interface ForcedTools {
  readonly models: RegExp;
  readonly refused: 'while-thinking' | 'always';
}

export interface EmbeddingInputs {
  /** Models this holds for; all if it is left out. */
  readonly models?: RegExp;
  readonly most: number;
}

export interface UnsupportedParams {
  /** Models this holds for; all if it is left out. */
  readonly models?: RegExp;
  readonly params: readonly string[];
}

const NOTHING: ReadonlySet<never> = new Set();

// https://platform.openai.com/docs/guides/reasoning: the o series and the first GPT-5 models take no sampling parameters;
// from GPT-5.1 on they are accepted without reasoning, so that those are left to the API.
const OPENAI_REASONING_MODELS = /^(o[134](-mini|-pro|-preview)?|gpt-5(-mini|-nano|-pro)?)(-\d{4}-\d{2}-\d{2})?$/;

export const OPENAI_QUIRKS: VendorQuirks = {
  developerRole: true,
  maxTokens: 'by-model',
  streamOptions: 'with-usage',
  messageFields: new Set(['name', 'refusal', 'annotations', 'audio'] as const),
  reasoningField: undefined,
  reasoningModels: undefined,
  history: [],
  foreignReasoning: 'refused',
  stringContentRoles: NOTHING,
  mediaInResults: false,
  alternatingRoles: false,
  prefixFlag: false,
  requiredToolChoice: 'required',
  allowedTools: true,
  // 400 from a chat: "Invalid 'messages[2].tool_calls[0].id': string too long. Expected a string with maximum length 40".
  toolCallIds: 'at-most-40',
  renamedParams: new Map(),
  rejectedHints: NOTHING,
  reasoningEffort: 'as-given',
  forcedTools: [],
  unsupported: [
    {
      models: OPENAI_REASONING_MODELS,
      params: ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty', 'logprobs', 'top_logprobs', 'logit_bias'],
    },
    { params: ['top_k'] },
  ],
  reasoningTag: undefined,
  stopMayMeanToolCalls: false,
  totalCountsThoughts: false,
  countsApart: false,
  // https://platform.openai.com/docs/api-reference/embeddings/create: "any array must be 2048 dimensions or less".
  embeddingInputs: [{ most: 2_048 }],
  embeddings: 'float-or-base64',
  paths: new Map(),
  resetGrammar: 'duration',
  capabilities: { prefill: false },
};

// https://platform.claude.com/docs/build-with-claude/thinking: on Claude 3.7 to 4.5, which think on a budget, a turn whose
// tool loop is open begins with a thinking block. They do not think unless asked. Hosts write the names in several ways.
export const CLAUDE_ON_A_BUDGET: HistoryRule = {
  models: /claude-(?:3[-.]7|4(?:[-.][15])?-(?:opus|sonnet|haiku)|(?:opus|sonnet|haiku)-4(?![-.][6-9]\b))/i,
  demand: 'thinking-before-open-loop',
  unmet: 'not-asked',
};

/** Hosts of open models: they know `system`, `max_tokens` and no extension but those a row names. */
export const HOST_QUIRKS: VendorQuirks = {
  ...OPENAI_QUIRKS,
  developerRole: false,
  maxTokens: 'max_tokens',
  messageFields: new Set(['name'] as const),
  allowedTools: false,
  // As they are: some take them, and who does is seldom documented.
  mediaInResults: true,
  history: [CLAUDE_ON_A_BUDGET],
  foreignReasoning: 'as-given',
  toolCallIds: 'any',
  unsupported: [],
  stopMayMeanToolCalls: true,
  embeddingInputs: [],
  capabilities: {},
};

/** What OpenAI keeps or groups answers by; no answer changes without them. */
export const OPENAI_HINTS: ReadonlySet<string> = new Set([
  'store',
  'metadata',
  'user',
  'prompt_cache_key',
  'prompt_cache_retention',
  'prompt_cache_options',
  'safety_identifier',
  'service_tier',
]);
