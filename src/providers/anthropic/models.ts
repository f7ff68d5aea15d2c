import type { Capabilities } from '../../core/capabilities.ts';
import type { HistoryDemand } from '../chat/history-demand.ts';
import type { Effort } from './wire-types.ts';

/** What a model's generation accepts, as far as requests have to differ by it. */
export interface ModelTraits {
  /** Documented limit of `max_tokens`; undefined if the model is not known. */
  readonly maxOutputTokens: number | undefined;
  readonly thinking:
    | { readonly kind: 'none' }
    /** `enabled` with `budget_tokens`; `off` is what switches it off: nothing (off by default), a type, or nothing can. */
    | { readonly kind: 'budget'; readonly off: 'by-default' | 'disabled' | 'never' }
    /** `adaptive` with `output_config.effort`. */
    | {
        readonly kind: 'adaptive';
        readonly efforts: ReadonlySet<Effort>;
        readonly off: 'by-default' | 'disabled' | 'between_tools' | 'never';
        /** The thinking's text comes only when it is asked for. */
        readonly textOnRequest: boolean;
      };
  /** While it thinks on a budget; adaptive thinking asks nothing of earlier turns. */
  readonly history: HistoryDemand;
  /** Takes its own thinking back only, and only signed. */
  readonly signedThinking: boolean;
  /** `either`: temperature or top_p, not both; `default-only`: neither, nor top_k. */
  readonly sampling: 'free' | 'either' | 'default-only';
  /** `output_config.format`, and `strict` on tools. */
  readonly structuredOutputs: boolean;
  /** Continues a trailing assistant message. */
  readonly prefill: boolean;
  /** Takes `tool_choice` `any` and `tool`. */
  readonly forcedTools: boolean;
  /** Takes `role: "system"` inside `messages`. */
  readonly systemTurns: boolean;
  readonly capabilities: Capabilities;
}

/** Traits by the model's name, with or without date, `-latest`, or a cloud's `@date`. */
export function traitsOf(model: string): ModelTraits {
  const known = cache.get(model);
  if (known) return known;
  const traits = MODELS.find(([pattern]) => pattern.test(model))?.[1] ?? UNKNOWN;
  if (cache.size < LARGEST_CACHE) cache.set(model, traits);
  return traits;
}

const cache = new Map<string, ModelTraits>();
const LARGEST_CACHE = 1_000;

const BEFORE_XHIGH: ReadonlySet<Effort> = new Set<Effort>(['low', 'medium', 'high', 'max']);
const EVERY_EFFORT: ReadonlySet<Effort> = new Set<Effort>(['low', 'medium', 'high', 'xhigh', 'max']);

type Row = Omit<ModelTraits, 'capabilities'>;

const claude3: Row = {
  maxOutputTokens: 4_096,
  thinking: { kind: 'none' },
  history: 'thinking-before-open-loop',
  signedThinking: true,
  sampling: 'free',
  structuredOutputs: false,
  prefill: true,
  forcedTools: true,
  systemTurns: false,
};
const claude4: Row = { ...claude3, maxOutputTokens: 64_000, thinking: { kind: 'budget', off: 'by-default' } };
const claude45: Row = { ...claude4, sampling: 'either', structuredOutputs: true };
const claude46: Row = {
  ...claude45,
  maxOutputTokens: 128_000,
  thinking: { kind: 'adaptive', efforts: BEFORE_XHIGH, off: 'by-default', textOnRequest: false },
  prefill: false,
};
const claude47: Row = { ...claude46, thinking: adaptive('by-default'), sampling: 'default-only' };
const claude5: Row = { ...claude47, thinking: adaptive('disabled') };
const alwaysThinking: Row = { ...claude5, thinking: adaptive('never'), systemTurns: true };

/** A model of another maker behind this wire: nothing is ruled out, nothing new is assumed. */
const UNKNOWN: ModelTraits = {
  ...claude3,
  maxOutputTokens: undefined,
  thinking: { kind: 'budget', off: 'by-default' },
  history: 'nothing',
  signedThinking: false,
  capabilities: { audioInput: false, streaming: true },
};
const UNKNOWN_CLAUDE: ModelTraits = { ...UNKNOWN, history: claude3.history, signedThinking: true };

/**
 * First match wins. Sources: Anthropic's pages on models, effort, thinking, structured outputs and mid-conversation
 * system messages, and the migration guides of Opus 4.7, Opus 5.5, Sonnet 5.5, Haiku 5.5 and Fable 5.1.
 */
const MODELS: readonly (readonly [RegExp, ModelTraits])[] = [
  [/^claude-(?:instant|v?[12])\b/, withCapabilities({ ...claude3 }, { tools: false, vision: false, documents: false })],
  [/^claude-3-7-/, withCapabilities({ ...claude4, sampling: 'free' })],
  [/^claude-3-5-/, withCapabilities({ ...claude3, maxOutputTokens: 8_192 })],
  [/^claude-3-/, withCapabilities(claude3, { documents: undefined })],
  [/^claude-opus-4-1\b/, withCapabilities({ ...claude4, maxOutputTokens: 32_000, sampling: 'either' })],
  [/^claude-(?:opus|sonnet|haiku)-4-5\b/, withCapabilities(claude45)],
  [/^claude-(?:opus|sonnet|haiku)-4-6\b/, withCapabilities(claude46)],
  [/^claude-mythos-preview\b/, withCapabilities({ ...alwaysThinking, forcedTools: false, systemTurns: false })],
  [/^claude-opus-4-7\b/, withCapabilities(claude47)],
  [/^claude-(?:opus|sonnet|haiku)-4-[89]\b/, withCapabilities({ ...claude47, systemTurns: true })],
  [/^claude-opus-4\b/, withCapabilities({ ...claude4, maxOutputTokens: 32_000 })],
  [/^claude-(?:sonnet|haiku)-4\b/, withCapabilities(claude4)],
  [/^claude-opus-5-[5-9]\b/, withCapabilities({ ...alwaysThinking, forcedTools: false })],
  [
    /^claude-sonnet-5-[5-9]\b/,
    withCapabilities({ ...claude5, thinking: adaptive('between_tools'), forcedTools: false, systemTurns: true }),
  ],
  [/^claude-haiku-5-[5-9]\b/, withCapabilities({ ...claude5, systemTurns: true })],
  [/^claude-opus-5\b/, withCapabilities({ ...claude5, systemTurns: true })],
  [/^claude-sonnet-5\b/, withCapabilities(claude5)],
  [/^claude-(?:fable|mythos)-5-[1-9]\b/, withCapabilities({ ...alwaysThinking, forcedTools: false })],
  [/^claude-(?:fable|mythos)-5\b/, withCapabilities(alwaysThinking)],
  // A Claude of a later generation: what the newest known ones have in common.
  [/^claude-/, withCapabilities({ ...claude5, systemTurns: true })],
  // A Claude under another host's name for it.
  [/claude/i, UNKNOWN_CLAUDE],
  // Makers that want `thinking` beside every call while they think, which they do unless switched off; models that can't be
  // switched off. https://api-docs.deepseek.com/guides/thinking_mode,
  // https://platform.kimi.ai/docs/guide/use-kimi-k2-thinking-model, https://mimo.mi.com/docs/en-US/quick-start/usage-guide/other/deep-thinking
  [/deepseek-reasoner|kimi-k2-thinking|kimi-k2\.7-code/i, wantingThinking('never')],
  [/deepseek-chat/i, wantingThinking('by-default')],
  [/deepseek|kimi-(?:k2\.\d|k[3-9]|for-coding)|mimo-/i, wantingThinking('disabled')],
];

function wantingThinking(off: 'by-default' | 'disabled' | 'never'): ModelTraits {
  return { ...UNKNOWN, thinking: { kind: 'budget', off }, history: 'thinking-beside-calls' };
}

function adaptive(off: 'by-default' | 'disabled' | 'between_tools' | 'never'): ModelTraits['thinking'] {
  return { kind: 'adaptive', efforts: EVERY_EFFORT, off, textOnRequest: true };
}

function withCapabilities(row: Row, differences: Capabilities = {}): ModelTraits {
  const capabilities: Capabilities = {
    tools: true,
    parallelTools: true,
    vision: true,
    documents: true,
    audioInput: false,
    jsonSchema: true,
    reasoning: row.thinking.kind !== 'none',
    prefill: row.prefill,
    streaming: true,
    maxOutputTokens: row.maxOutputTokens,
    ...differences,
  };
  return { ...row, capabilities };
}
