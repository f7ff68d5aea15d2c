import type { Caller } from '../core/caller.ts';
import type { Cancellation } from '../core/cancellation.ts';
import type { Clock } from '../core/clock.ts';
import type { GuardSide } from '../core/guard.ts';
import { isRecord } from '../core/json.ts';
import { chain, type MaybePromise } from '../core/maybe-promise.ts';
import type { Params } from '../core/params.ts';
import type { Passthrough } from '../core/passthrough.ts';
import { ContentBlockedError } from '../errors/content-blocked-error.ts';
import { type AskGuard, checkTexts, type EditsByPart, merged, restore } from './check-texts.ts';
import { readFormTexts, withFormTexts } from './content/read-form.ts';
import { type FoundText, isArguments, readTexts, withTexts } from './content/read-texts.ts';
import { answersJson, type CallShape, unreadableInput, unreadableOutput } from './content/readable.ts';
import { applied, jsonUnescaped } from './edits.ts';
import { type GuardReport, Tally } from './findings.ts';
import { maskOf, Placeholders } from './placeholders.ts';
import type { ReadyGuard } from './ready-guard.ts';
import { runCheck } from './run-check.ts';
import { StreamGuard } from './stream/stream-guard.ts';

/** A call as its guards see it. */
export interface GuardedCall extends CallShape {
  readonly requestId: string;
  readonly caller: Caller;
  readonly model: string;
  readonly form?: FormData | undefined;
  readonly passthrough?: Passthrough | undefined;
  readonly cancellation: Cancellation;
}

/** What may go in: the same objects where nothing was replaced. */
export type InputVerdict =
  | {
      readonly action: 'pass';
      readonly params: Params;
      readonly form: FormData | undefined;
      readonly passthrough: Passthrough | undefined;
    }
  | { readonly action: 'block'; readonly error: ContentBlockedError };

export type AnswerVerdict<T> =
  | { readonly action: 'pass'; readonly answer: T }
  | { readonly action: 'block'; readonly error: ContentBlockedError };

export interface GuardServices {
  readonly clock: Clock;
  /** Is told what guards did; makes an event of it where somebody listens. */
  report(report: GuardReport): void;
}

const UNREADABLE = 'unreadable';

/** Media types of texts, as transcripts have them. */
const TEXT_TYPES = /^(?:text\/|application\/(?:json|x-subrip|x-ndjson|jsonl))/;

/** The guards of one call, and what they have replaced in it. */
export class CallGuards {
  readonly #call: GuardedCall;
  readonly #services: GuardServices;
  readonly #input: readonly ReadyGuard[];
  readonly #output: readonly ReadyGuard[];
  #sent: Params;
  #placeholders: Placeholders | undefined;

  constructor(guards: readonly ReadyGuard[], call: GuardedCall, services: GuardServices) {
    this.#call = call;
    this.#services = services;
    this.#sent = call.params;
    this.#input = guards.filter(({ plan }) => plan.on !== 'output');
    this.#output = guards.filter(({ plan }) => plan.on !== 'input');
  }

  /** Whether an answer has to pass through here: a guard looks at it, or something has to be put back. */
  get guardsOutput(): boolean {
    return this.#output.length > 0 || this.#placeholders?.isEmpty === false;
  }

  /** What may be sent. Synchronous where each guard is. */
  guardInput(): MaybePromise<InputVerdict> {
    const error = this.#refuseUnreadable('input', this.#input, unreadableInput(this.#call));
    if (error !== undefined) return { action: 'block', error };
    const unreadable = this.#refuseUnreadable('output', this.#output, unreadableOutput(this.#call));
    if (unreadable !== undefined) return { action: 'block', error: unreadable };
    const { params, form, passthrough } = this.#call;
    if (this.#input.length === 0) return { action: 'pass', params, form, passthrough };
    const texts = readTexts(passthrough?.json ?? (form === undefined ? params : {}));
    const formTexts = form === undefined ? [] : readFormTexts(form);
    const all = formTexts.length === 0 ? texts : [...texts, ...formTexts];
    const tally = new Tally('input');
    const edits = checkTexts(this.#input, all, tally, this.#askOn('input'), false);
    const conclude = (found: EditsByPart) => this.#concludeInput(found, all, texts.length, tally);
    return edits instanceof Promise ? edits.then(conclude) : conclude(edits);
  }

  /** What may be handed out of a whole answer; the same object where nothing was replaced. */
  guardAnswer<T>(answer: T): MaybePromise<AnswerVerdict<T>> {
    if (!this.guardsOutput) return { action: 'pass', answer };
    const texts = readTexts(answer);
    const tally = new Tally('output');
    const edits = checkTexts(this.#output, texts, tally, this.#askOn('output'), answersJson(this.#call));
    const conclude = (found: EditsByPart): AnswerVerdict<T> => {
      const error = tally.conclude(this.#services.report);
      if (error !== undefined) return { action: 'block', error };
      return { action: 'pass', answer: this.#rewritten(answer, texts, found) };
    };
    return edits instanceof Promise ? edits.then(conclude) : conclude(edits);
  }

  /** The same of an answer that came as bytes: what is no text, nobody can read. */
  guardBytes(bytes: Uint8Array, contentType: string): MaybePromise<AnswerVerdict<Uint8Array>> {
    if (!this.guardsOutput || bytes.byteLength === 0) return { action: 'pass', answer: bytes };
    const text = TEXT_TYPES.test(contentType) ? Buffer.from(bytes).toString('utf8') : undefined;
    if (text === undefined) {
      const error = this.refuseBytes();
      return error === undefined ? { action: 'pass', answer: bytes } : { action: 'block', error };
    }
    return chain(this.guardAnswer({ text }), bytesOf, bytes);
  }

  /** What a guard says that has to read an answer of bytes; undefined where none minds. */
  refuseBytes(): ContentBlockedError | undefined {
    return this.#refuseUnreadable('output', this.#output, 'an answer of bytes');
  }

  /** What passes the items of a streamed answer on; undefined where they pass as they are. */
  openStream(): StreamGuard | undefined {
    if (!this.guardsOutput) return undefined;
    return new StreamGuard({
      operation: this.#call.operation,
      guards: this.#output,
      placeholders: this.#placeholders,
      isJson: answersJson(this.#call),
      ask: this.#askOn('output'),
      report: this.#services.report,
      rewrite: (value, tally) => this.#rewriteWhole(value, tally),
    });
  }

  /** A part of a streamed answer that tells whole texts again, rewritten as the stream was. */
  #rewriteWhole<T>(value: T, tally: Tally): T {
    const texts = readTexts(value);
    if (texts.length === 0) return value;
    const byRules = this.#output.filter(({ check }) => check.by === 'rules');
    const blocking = byRules.filter(({ plan }) => plan.mode === 'block');
    const redacting = byRules.filter(({ plan }) => plan.mode === 'redact');
    const isJson = answersJson(this.#call);
    if (blocking.length > 0) checkTexts(blocking, texts, tally, () => [], isJson);
    const edits = checkTexts(redacting, texts, new Tally('output'), () => [], isJson);
    return edits instanceof Promise ? value : this.#rewritten(value, texts, edits);
  }

  #rewritten<T>(value: T, texts: readonly FoundText[], edits: EditsByPart): T {
    if (this.#placeholders?.isEmpty === false) {
      restore(texts, this.#placeholders, edits, answersJson(this.#call));
    }
    const changes: { keys: readonly (string | number)[]; text: string }[] = [];
    for (const [index, list] of merged(edits).entries()) {
      const found = texts[index];
      if (list === undefined || found === undefined) continue;
      changes.push({ keys: found.keys, text: applied(found.part.text, list, (_, kind) => maskOf(kind)) });
    }
    return changes.length === 0 ? value : withoutLogprobs(withTexts(value, changes));
  }

  #concludeInput(edits: EditsByPart, texts: readonly FoundText[], inParams: number, tally: Tally): InputVerdict {
    const error = tally.conclude(this.#services.report);
    if (error !== undefined) return { action: 'block', error };
    const { params, form } = this.#call;
    const changes: { keys: readonly (string | number)[]; text: string }[] = [];
    const formChanges: { place: number; text: string }[] = [];
    for (const [index, list] of merged(edits).entries()) {
      const found = texts[index];
      if (list === undefined || found === undefined) continue;
      const text = applied(found.part.text, list, (original, kind) => this.#hidden(found, original, kind, texts));
      if (index < inParams) changes.push({ keys: found.keys, text });
      else formChanges.push({ place: index - inParams, text });
    }
    const sentForm = form === undefined || formChanges.length === 0 ? form : withFormTexts(form, formChanges);
    // The params of a form, and of a body that is handed through, are what was read of it.
    const passthrough = withJson(this.#call.passthrough, changes);
    this.#sent = sentParams(params, sentForm, form, passthrough, changes);
    return { action: 'pass', params: this.#sent, form: sentForm, passthrough };
  }

  #hidden(found: FoundText, original: string, kind: string, texts: readonly FoundText[]): string {
    this.#placeholders ??= new Placeholders((text) => texts.some(({ part }) => part.text.includes(text)));
    return this.#placeholders.of(isArguments(found) ? jsonUnescaped(original) : original, kind);
  }

  #askOn(on: GuardSide): AskGuard {
    return (guard, parts) => {
      const { requestId, operation, model, caller, cancellation } = this.#call;
      const facts = { on, requestId, operation, model, caller, params: this.#sent };
      return runCheck(guard, { parts }, facts, { clock: this.#services.clock, cancellation });
    };
  }

  /** What a guard cannot read it does not let past. */
  #refuseUnreadable(on: GuardSide, guards: readonly ReadyGuard[], what: string | undefined): ContentBlockedError | undefined {
    if (what === undefined) return undefined;
    const strict = guards.find(({ plan }) => plan.mode === 'block' || (plan.mode === 'redact' && plan.whenItFails === 'deny'));
    if (strict === undefined) return undefined;
    const findings = [{ kind: UNREADABLE, count: 1 }];
    this.#services.report({ action: 'block', guard: strict.plan.name, on, findings });
    return new ContentBlockedError(strict.plan.name, on, findings, `it can't read ${what} (operation '${this.#call.operation}')`);
  }
}

function bytesOf(verdict: AnswerVerdict<{ text: string }>, bytes: Uint8Array): AnswerVerdict<Uint8Array> {
  if (verdict.action === 'block') return verdict;
  const changed = Buffer.from(verdict.answer.text);
  return { action: 'pass', answer: changed.equals(bytes) ? bytes : changed };
}

type Changes = readonly { readonly keys: readonly (string | number)[]; readonly text: string }[];

function withJson(passthrough: Passthrough | undefined, changes: Changes): Passthrough | undefined {
  if (passthrough?.json === undefined || changes.length === 0) return passthrough;
  return { ...passthrough, json: withTexts(passthrough.json, changes) };
}

function sentParams(
  params: Params,
  sentForm: FormData | undefined,
  form: FormData | undefined,
  passthrough: Passthrough | undefined,
  changes: Changes,
): Params {
  if (sentForm !== undefined) return sentForm === form ? params : { ...params, ...textsOf(sentForm) };
  if (passthrough?.json === undefined) return withTexts(params, changes);
  return isRecord(passthrough.json) && changes.length > 0 ? passthrough.json : params;
}

function textsOf(form: FormData): Params {
  return Object.fromEntries([...form].filter(([, value]) => typeof value === 'string'));
}

/** Probabilities tell the text once more, token by token. */
function withoutLogprobs<T>(answer: T): T {
  const { choices } = answer as { readonly choices?: unknown };
  if (!Array.isArray(choices) || !choices.some((choice) => choice?.logprobs)) return answer;
  return { ...answer, choices: choices.map((choice) => (choice?.logprobs ? { ...choice, logprobs: null } : choice)) };
}
