import type { Guard } from '../core/guard.ts';
import type { ReadyMadeGuardConfig } from './guards/configs.ts';

/** A ready-made guard by what it uses, or an object of your own that implements `Guard`. */
export type GuardConfig = ReadyMadeGuardConfig | Guard;
