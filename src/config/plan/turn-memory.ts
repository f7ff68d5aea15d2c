import type { TurnMemoryPlan } from '../../core/plan.ts';
import type { ValidConfig } from '../schema.ts';
import { defined } from './policies.ts';

// Thinking and signatures of a turn are mostly a few kilobytes, and a tool loop seldom rests for an hour.
const DEFAULT_TURN_MEMORY: TurnMemoryPlan = { maxTurns: 10_000, maxBytes: 32 * 1024 * 1024, ttlMs: 3_600_000 };

export function planTurnMemory(config: ValidConfig['turnMemory']): TurnMemoryPlan | undefined {
  return config === false ? undefined : Object.freeze({ ...DEFAULT_TURN_MEMORY, ...defined(config ?? {}) });
}
