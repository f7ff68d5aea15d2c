import type { BudgetUnit } from '../core/budget.ts';
import type { Call } from '../core/call.ts';
import type { Deployment } from '../core/deployment.ts';
import {
  answerTokens,
  boundedLimit,
  DEFAULT_OUTPUT_TOKENS,
  LARGEST_FILL,
  limitWithin,
  type OutputBound,
  outputLimitOf,
} from '../core/output-limit.ts';
import type { AskedFor } from './asked-for.ts';
import type { OutputLimit } from './bound-limit.ts';
import { choicesOf } from './choices.ts';
import type { Measure } from './measure.ts';
import { contextOf } from './model-facts.ts';
import { outputBoughtBy } from './price.ts';
import type { Rates } from './rates.ts';

/** A call as one or more of its deployments get it, measured once. */
export interface SentCall {
  /** With the params that are sent. */
  readonly call: Call;
  readonly found: Measure;
  /** Worked out when an amount is first asked for: a call without budgets never is. */
  output: OutputAsked | undefined;
}

/** What the params that are sent say of the output. */
export interface OutputAsked {
  /** Of each answer, before the bound that budgets put on it; undefined if nothing bounds it. */
  readonly limit: number | undefined;
  /** How many answers are asked for. */
  readonly choices: number;
  readonly kinds: AskedFor;
}

export function outputAsked({ operation, params }: Call, kinds: AskedFor): OutputAsked {
  return { limit: outputLimitOf(operation, params), choices: choicesOf(params), kinds };
}

/** What one deployment is sent, and what its tokens cost there. */
export interface Sending {
  readonly deployment: Deployment;
  readonly sent: SentCall;
  readonly asked: OutputAsked;
  readonly inputTokens: number;
  readonly rates: Rates | undefined;
  /** Output of an operation whose output is not text, and is bounded by no param. */
  readonly fixedOutput: number | undefined;
  /** False if the provider drops every param that could bound the output. */
  readonly boundable: boolean;
}

/** Output tokens that a deployment may give, over all answers. */
export function outputOf({ deployment, sent, asked, fixedOutput, boundable }: Sending, bound: OutputBound): number {
  if (fixedOutput !== undefined) return fixedOutput;
  const { maxOutputTokens } = deployment.capabilities;
  if (!boundable) return Math.min(maxOutputTokens ?? contextOf(deployment), LARGEST_OUTPUT) * asked.choices;
  const assumed = Math.min(maxOutputTokens ?? DEFAULT_OUTPUT_TOKENS, LARGEST_FILL);
  const limit = boundedLimit(asked.limit, bound, deployment, sent.call.operation) ?? assumed;
  const answer = answerTokens(limit, bound.most, sent.call.params, deployment);
  return Math.min(answer, LARGEST_OUTPUT) * asked.choices;
}

/** Beyond any model; keeps sums of absurd params within safe integers. */
const LARGEST_OUTPUT = 1_000_000_000;

/** The largest limit on each answer that keeps a deployment's output to what is left of a budget; less than 1: none does. */
export function limitFor(sending: Sending, unit: BudgetUnit, left: number): number {
  const { deployment, sent, asked } = sending;
  return limitWithin(Math.floor(outputWithin(sending, unit, left) / asked.choices), sent.call.params, deployment);
}

/** Output tokens that so much of a unit allows at a deployment; all that there are if the unit does not count them, or no price is known. */
export function outputWithin({ inputTokens, rates, asked }: Sending, unit: BudgetUnit, left: number): number {
  switch (unit) {
    case 'usd':
      return rates === undefined ? Number.MAX_SAFE_INTEGER : outputBoughtBy(rates, left, inputTokens, asked.kinds);
    case 'tokens':
      return left - inputTokens;
    case 'outputTokens':
      return left;
    default:
      return Number.MAX_SAFE_INTEGER;
  }
}

/** An injected bound holds at most this share of a limit, so that a small budget admits calls until it is nearly used up. */
const SHARE_OF_LIMIT = 0.1;
const SMALLEST_FILL = 256;

/** The bound that answers get which nothing else bounds; the same at all deployments, as far as the model of each goes. */
export function fillFor(limits: readonly OutputLimit[], unbounded: readonly Sending[]): number {
  let most = LARGEST_FILL;
  for (const { deployment } of unbounded) most = Math.min(most, deployment.capabilities.maxOutputTokens ?? DEFAULT_OUTPUT_TOKENS);
  let fill = most;
  for (const { unit, limit, short } of limits) {
    if (short || unit === 'requests' || unit === 'inputTokens') continue;
    const share = Math.floor(limit * SHARE_OF_LIMIT);
    for (const sending of unbounded) {
      fill = Math.min(fill, Math.floor(outputWithin(sending, unit, share) / sending.asked.choices));
    }
  }
  return Math.max(fill, Math.min(SMALLEST_FILL, most));
}
