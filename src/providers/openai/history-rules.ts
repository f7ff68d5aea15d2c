import { NO_SIGNATURE } from '../no-signature.ts';
import type { HistoryRule } from './history-rule.ts';
import { CLAUDE_ON_A_BUDGET } from './quirks.ts';

const BESIDE_CALLS = { demand: 'thinking-beside-calls', unmet: 'switched-off' } as const;

/**
 * "For turns that do perform tool calls, the reasoning_content must be fully passed back to the API in all subsequent
 * requests", else 400; no stand-in is documented, `thinking: {type: disabled}` is
 * (https://api-docs.deepseek.com/guides/thinking_mode). Of the names of 2025 one always thinks, the other on request.
 */
export const DEEPSEEK_HISTORY: readonly HistoryRule[] = [
  { models: /reasoner/, demand: 'thinking-beside-calls', unmet: 'passed-over' },
  { models: /chat/, demand: 'thinking-beside-calls', unmet: 'not-asked' },
  BESIDE_CALLS,
];

/**
 * "thinking is enabled but reasoning_content is missing in assistant tool call message": 400. K2 Thinking and K2.7 Code
 * always think, others can be told not to, and then take another temperature than the one they take while they think
 * (https://platform.kimi.ai/docs/guide/use-kimi-k2-thinking-model). Names without a version after `k2` don't think.
 */
export const KIMI_HISTORY: readonly HistoryRule[] = [
  { models: /kimi-k2-thinking|kimi-k2\.7-code/, demand: 'thinking-beside-calls', unmet: 'passed-over' },
  { models: /kimi-k(?:2\.\d|[3-9])/, ...BESIDE_CALLS, fixedParams: ['temperature'] },
];

/** https://mimo.mi.com/docs/en-US/quick-start/usage-guide/other/deep-thinking */
export const MIMO_HISTORY: readonly HistoryRule[] = [BESIDE_CALLS];

/** Of DeepSeek, Moonshot and Xiaomi, as above: these want their thinking back beside calls. */
export const THINKS_BESIDE_CALLS = /deepseek-v(?:3\.[2-9]|[4-9])|kimi-k(?:2\.[5-9]|[3-9])|mimo-v/i;

/** Those who serve these makers' models hand their 400 on, or have it themselves, and can switch thinking off for all. */
export const GATEWAY_HISTORY: readonly HistoryRule[] = [CLAUDE_ON_A_BUDGET, { models: THINKS_BESIDE_CALLS, ...BESIDE_CALLS }];

/**
 * Gemini 3 and later refuse a first call without its signature, "Function call is missing a thought_signature"; the
 * stand-in is that of https://ai.google.dev/gemini-api/docs/thought-signatures. Names without a version are the newest.
 */
const SIGNED_CALLS = {
  models: /gemini-(?![12](?:\.\d)?(?:-|$))/,
  demand: 'signature-on-calls',
  standIn: NO_SIGNATURE,
} as const;

export const GEMINI_HISTORY: readonly HistoryRule[] = [{ ...SIGNED_CALLS, place: 'call' }];

/**
 * OpenRouter hands Google's 400 on ("Gemini models require OpenRouter reasoning details to be preserved in each request") and
 * has the signature in a block, as its own traffic shows; clients that speak to it send the stand-in so, for the first call
 * (https://github.com/cline/cline/issues/8214).
 */
export const OPENROUTER_HISTORY: readonly HistoryRule[] = [...GATEWAY_HISTORY, { ...SIGNED_CALLS, place: 'block' }];
