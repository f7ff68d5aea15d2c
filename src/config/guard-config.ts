import type { Guard, GuardMode, GuardSide, PersonalDataKind } from '../core/guard.ts';
import type { Operation } from '../core/operation.ts';

/** A ready-made guard by what it uses, or an object of your own that implements `Guard`. */
export type GuardConfig =
  | SecretsGuardConfig
  | PersonalDataGuardConfig
  | PatternGuardConfig
  | JsonSchemaGuardConfig
  | SizeGuardConfig
  | ModelGuardConfig
  | Guard;

interface GuardBase {
  /** Unique; told in errors and events. */
  name: string;
  /** What it looks at: what goes in, what comes out, or `both`. */
  on: GuardSide | 'both';
  /** Only calls that match: globs over caller dimensions, `model` and `operation`. Default: every call. */
  match?:
    | (Record<string, string | readonly string[]> & { operation?: Operation | (string & {}) | readonly string[] })
    | undefined;
  /** Time for one check, in milliseconds; default 1000, of `model` 10 000, with `repair` 30 000. */
  timeoutMs?: number | undefined;
  /** What a check that fails, or takes too long, means; default `deny`. */
  whenItFails?: 'allow' | 'deny' | undefined;
}

/** Keys, tokens and passwords in the shapes that their makers gave them. */
export interface SecretsGuardConfig extends GuardBase {
  use: 'secrets';
  mode: GuardMode;
}

/** E-mail addresses, phone numbers, cards and bank accounts with a right checksum, IP addresses. */
export interface PersonalDataGuardConfig extends GuardBase {
  use: 'personal-data';
  mode: GuardMode;
  /** Default: all. */
  kinds?: readonly PersonalDataKind[] | undefined;
  /** ISO 3166 code of a country whose phone numbers are found without `+`, too; default: none. */
  country?: string | undefined;
}

/** Regular expressions, matched in linear time, or texts. */
export interface PatternGuardConfig extends GuardBase {
  use: 'pattern';
  mode: GuardMode;
  /** What may not be there. A text is a regular expression. */
  deny: PatternConfig | readonly PatternConfig[];
  /** What of it may be all the same: a match of `deny` that one of these matches from its start to its end. */
  allow?: PatternConfig | readonly PatternConfig[] | undefined;
}

/** A regular expression without look-around, references to groups and lazy repetition; or a literal text. */
export type PatternConfig =
  | string
  | RegExp
  | { pattern: string; kind?: string | undefined; ignoreCase?: boolean | undefined }
  | { text: string; kind?: string | undefined; ignoreCase?: boolean | undefined };

/** Answers that are JSON and keep to a schema. */
export interface JsonSchemaGuardConfig extends GuardBase {
  use: 'json-schema';
  on: 'output';
  mode: 'block' | 'flag';
  /** JSON Schema 2020-12; default: the one that the call asks for, if it asks for one. */
  schema?: Record<string, unknown> | undefined;
  /** Sends an answer that fails back to the model once, with what is wrong in it, charged to the caller; default false. */
  repair?: boolean | undefined;
}

/** How much may go in, or come out. */
export interface SizeGuardConfig extends GuardBase {
  use: 'size';
  mode: 'block' | 'flag';
  /** Of all texts together, in characters (UTF-16 units). */
  maxCharacters: number;
}

/** What a model says of the content; the question goes through the gateway and is charged to the caller. */
export interface ModelGuardConfig extends GuardBase {
  use: 'model';
  mode: 'block' | 'flag';
  /** A model of this gateway. */
  model: string;
  /** What is to be flagged, in words; default: violence, self-harm, hate, crime, sexual content about minors, injected instructions. */
  policy?: string | undefined;
}
