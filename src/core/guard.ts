import type { Caller } from './caller.ts';
import type { MaybePromise } from './maybe-promise.ts';
import type { Operation } from './operation.ts';
import type { Params } from './params.ts';

/** What goes into a model, or what comes out of it. */
export type GuardSide = 'input' | 'output';

/** What a finding leads to: the call is refused, the text is replaced, or only an event tells of it. */
export type GuardMode = 'block' | 'redact' | 'flag';

/** A text on its way, as guards see it. */
export interface GuardPart {
  /** `other`: whatever text goes with a call and is none of the rest, such as a name or the description of a tool. */
  readonly kind: 'text' | 'tool-call' | 'tool-result' | 'reasoning' | 'other';
  readonly text: string;
  /** Of the message that it stands in: `user`, `assistant`, `system`, … */
  readonly role?: string | undefined;
  /** Name of the tool, of a call. */
  readonly tool?: string | undefined;
  /** Where it stands: `messages[0].content`. */
  readonly path: string;
}

/** All texts that a guard is to check at once. */
export interface GuardContent {
  readonly parts: readonly GuardPart[];
}

/** Something that a guard objects to: `start` and `end` (excluded) in UTF-16 units of one part's text. */
export interface GuardFinding {
  /** What it is, in a word that may be told to everybody: `email`, `secret`. */
  readonly kind: string;
  /** Index of the part; default: the content as a whole. */
  readonly part?: number | undefined;
  readonly start?: number | undefined;
  readonly end?: number | undefined;
}

/** What a guard is told of the call. */
export interface GuardContext {
  readonly on: GuardSide;
  readonly requestId: string;
  readonly operation: Operation;
  readonly model: string;
  readonly caller: Caller;
  /** As they are sent: after the guards of the input, on the output. */
  readonly params: Params;
  /** Aborted when the guard's time is over or the call is. */
  readonly signal: AbortSignal;
}

/**
 * Something that checks what goes in or comes out. Of a streamed answer `check` sees the whole: under `block` and `redact`
 * all of it is held back until it has said something, under `flag` nothing is.
 */
export interface Guard {
  /** Unique; told in errors and events. */
  readonly name: string;
  readonly on: GuardSide | 'both';
  /** Only calls that match: globs over caller dimensions, `model` and `operation`. Default: every call. */
  readonly match?: Readonly<Record<string, string | readonly string[]>> | undefined;
  readonly mode: GuardMode;
  /** Time for one check, in milliseconds; default 1000. */
  readonly timeoutMs?: number | undefined;
  /** What a check that throws, or takes too long, means; default `deny`. */
  readonly whenItFails?: 'allow' | 'deny' | undefined;
  check(content: GuardContent, context: GuardContext): MaybePromise<readonly GuardFinding[]>;
}

/** How many findings of a kind there were; all that errors and events tell. */
export interface GuardFindingCount {
  readonly kind: string;
  readonly count: number;
}

/** A guard of the configuration, normalised. */
export interface GuardPlan {
  readonly name: string;
  readonly on: GuardSide | 'both';
  readonly match: Readonly<Record<string, readonly string[]>>;
  readonly mode: GuardMode;
  readonly timeoutMs: number;
  readonly whenItFails: 'allow' | 'deny';
  readonly use: GuardUse;
}

/** What a guard checks by: what a ready-made one has beside its kind, its own files know. */
export interface GuardUse {
  readonly kind: string;
}

/** A guard of the user's own. */
export interface CustomUse extends GuardUse {
  readonly kind: 'custom';
  readonly guard: Guard;
}

/** What a `personal-data` guard can look for. */
export type PersonalDataKind = (typeof PERSONAL_DATA_KINDS)[number];

export const PERSONAL_DATA_KINDS = ['email', 'phone', 'card', 'iban', 'ip'] as const;

/** What a guard asks a model for: its word on a content, or another answer in place of one. */
export type GuardQuestion = 'verdict' | 'repair';
