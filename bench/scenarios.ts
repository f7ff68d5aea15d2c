import type { OpenAI } from 'openai';
import { chat, stream } from './calls.ts';

export interface Scenario {
  readonly call: (client: OpenAI) => Promise<void>;
  readonly concurrency: number;
  readonly callsPerRound: number;
  /** What the ratio is to stay below; undefined where none is set. */
  readonly goal: number | undefined;
}

export const scenarios = {
  'chat, 64 at a time': { call: chat, concurrency: 64, callsPerRound: 2_000, goal: 0.25 },
  'chat, one at a time': { call: chat, concurrency: 1, callsPerRound: 1_000, goal: undefined },
  'stream of 200, 16 at a time': { call: stream, concurrency: 16, callsPerRound: 96, goal: 0.75 },
} satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof scenarios;

/** Strategies that are compared over a list of this many deployments, the second against the first. */
export const MANY_DEPLOYMENTS = 300;
export const COMPARED_STRATEGIES = ['priority', 'lowest-cost'] as const;
/** What the ratio is to stay below. */
export const STRATEGY_GOAL = { goal: 2 };

export type ClientKind = 'plain' | 'tollgate' | (typeof COMPARED_STRATEGIES)[number];
