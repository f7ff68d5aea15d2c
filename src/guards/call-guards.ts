import type { AskingCall } from '../core/asking.ts';
import type { Cancellation } from '../core/cancellation.ts';
import type { Clock } from '../core/clock.ts';
import type { GuardContext, GuardSide } from '../core/guard.ts';
import { chain, type MaybePromise } from '../core/maybe-promise.ts';
import type { Params } from '../core/params.ts';
import type { Passthrough } from '../core/passthrough.ts';
import type { ContentBlockedError } from '../errors/content-blocked-error.ts';
import { checkRules, checkTexts, type EditsByRun, type GuardAsking, merged, restore } from './check-texts.ts';
import { isTextType } from './content/is-text-type.ts';
import { readFormTexts, withFormTexts } from './content/read-form.ts';
import { type FoundText, type PlacedText, readTexts, withTexts } from './content/read-texts.ts';
import { answersJson, type CallShape, isBackground, turnOf, unreadableInput, unreadableOutput } from './content/readable.ts';
import { answerRuns, changesOf, isArgumentsRun, runsOf, type TextChange, type TextRun } from './content/text-run.ts';
import { withoutLogprobs } from './content/without-logprobs.ts';
import { repaired, sentParams, withJson } from './content-changes.ts';
import { CountedSeals } from './counted-seals.ts';
import { jsonUnescaped } from './edits.ts';
import { type GuardReport, Tally } from './guard-report.ts';
import { type GuardGroup, GuardSelection } from './guard-selection.ts';
import { maskOf, Placeholders, writtenIn } from './placeholders.ts';
import type { ReadyGuard } from './ready-guard.ts';
import { runCheck, runRepair } from './run-check.ts';
import { StreamGuard } from './stream/stream-guard.ts';
import type { ToldText } from './stream/text-channel.ts';
import { UnreadableContent } from './unreadable-content.ts';

/** A call as its guards see it. */
export interface GuardedCall extends CallShape, AskingCall {
  readonly model: string;
  /** It, and those that the call may be answered by in its place. */
  readonly models: readonly string[];
  readonly form?: FormData | undefined;
  readonly passthrough?: Passthrough | undefined;
  readonly cancellation: Cancellation;
}

/** What may go in: the same objects if nothing was replaced. */
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
  /** Is told what guards did; makes an event of it if somebody listens. */
  report(report: GuardReport): void;
}

/** What the later calls for an answer do not have in common with the one that began it. */
const OF_ONE_CALL: ReadonlySet<string> = new Set(['operation', 'model']);
/** Told of a text that a guard had made anew. */
const REPAIRED = 'repaired';

const NO_GUARDS = new GuardSelection([], new Map());

interface GoneBy {
  readonly left: GuardSelection;
  readonly placeholders: Placeholders | undefined;
}

/** The guards of one call, and what they have replaced in it. */
export class CallGuards {
  readonly #call: GuardedCall;
  readonly #services: GuardServices;
  readonly #selection: GuardSelection;
  /** Those that are still to look at the input. */
  readonly #input: GuardGroup;
  #sent: Params;
  #placeholders: Placeholders | undefined;
  #hasRepaired = false;
  readonly #seals = new CountedSeals();
  readonly #unreadable: UnreadableContent;

  /** `goneBy`: what has been done for the call when it was to go to another model. */
  constructor(selection: GuardSelection, call: GuardedCall, services: GuardServices, goneBy?: GoneBy) {
    this.#call = call;
    this.#services = services;
    this.#sent = call.params;
    this.#unreadable = new UnreadableContent(call.operation, services.report);
    this.#selection = selection;
    this.#input = goneBy?.left.input ?? selection.input;
    this.#placeholders = goneBy?.placeholders;
  }

  get guards(): readonly ReadyGuard[] {
    return this.#selection.guards;
  }

  /** For a call that goes on to another model, whose guards have yet to look at it. */
  goingOn(left: GuardSelection): GoneBy {
    return { left, placeholders: this.#placeholders };
  }

  /** Whether an answer has to pass through here: a guard looks at it, or something has to be put back. */
  get guardsOutput(): boolean {
    return this.#selection.output.guards.length > 0 || this.#placeholders?.isEmpty === false;
  }

  /** What may be sent. Synchronous if each guard is. */
  guardInput(): MaybePromise<InputVerdict> {
    const input = this.#input;
    const { output } = this.#selection;
    const error = this.#unreadable.refuse('input', input.guards, unreadableInput(this.#call));
    if (error !== undefined) return { action: 'block', error };
    const unreadable = this.#unreadable.refuse('output', output.guards, unreadableOutput(this.#call)) ?? this.#refuseBackground();
    if (unreadable !== undefined) return { action: 'block', error: unreadable };
    const { params, form, passthrough } = this.#call;
    if (input.guards.length === 0) return { action: 'pass', params, form, passthrough };
    const texts = readTexts(passthrough?.json ?? (form === undefined ? params : {}));
    const formTexts = form === undefined ? [] : readFormTexts(form);
    const runs = runsOf(formTexts.length === 0 ? texts : [...texts, ...formTexts]);
    const tally = new Tally('input');
    const edits = checkTexts(input, runs, tally, this.#askOn('input'), false);
    const conclude = (found: EditsByRun) => this.#concludeInput(found, runs, formTexts, tally);
    return edits instanceof Promise ? edits.then(conclude) : conclude(edits);
  }

  /** What may be handed out of a whole answer; the same object if nothing was replaced. */
  guardAnswer<T>(answer: T): MaybePromise<AnswerVerdict<T>> {
    if (!this.guardsOutput) return { action: 'pass', answer };
    const changes = this.#repair(() => readTexts(answer));
    if (changes instanceof Promise) return changes.then((known) => this.#checkAnswer(repaired(answer, known)));
    return this.#checkAnswer(answer);
  }

  #checkAnswer<T>(answer: T): MaybePromise<AnswerVerdict<T>> {
    const runs = answerRuns(readTexts(answer), this.#sent);
    const tally = new Tally('output');
    const edits = checkTexts(this.#selection.output, runs, tally, this.#askOn('output'), answersJson(this.#call));
    const conclude = (found: EditsByRun): AnswerVerdict<T> => {
      const error = tally.conclude(this.#services.report);
      if (error !== undefined) return { action: 'block', error };
      return { action: 'pass', answer: this.#rewritten(answer, runs, found) };
    };
    return edits instanceof Promise ? edits.then(conclude) : conclude(edits);
  }

  /** The same of an answer that came as bytes: what is no text, nobody can read. */
  guardBytes(bytes: Uint8Array, contentType: string): MaybePromise<AnswerVerdict<Uint8Array>> {
    if (!this.guardsOutput || bytes.byteLength === 0) return { action: 'pass', answer: bytes };
    const text = isTextType(contentType) ? Buffer.from(bytes).toString('utf8') : undefined;
    if (text === undefined) {
      const error = this.refuseBytes();
      return error === undefined ? { action: 'pass', answer: bytes } : { action: 'block', error };
    }
    return chain(this.guardAnswer({ text }), bytesOf, bytes);
  }

  /** What a guard says that has to read an answer of bytes; undefined if none minds. */
  refuseBytes(): ContentBlockedError | undefined {
    return this.#unreadable.refuse('output', this.#selection.output.guards, 'an answer of bytes');
  }

  /**
   * What passes the items of a streamed answer on; undefined if they pass as they are. Nobody reads those that are handed
   * through, but originals are put back.
   */
  openStream(): StreamGuard | undefined {
    const { operation } = this.#call;
    const isHanded = operation === 'passthrough';
    if (isHanded ? this.#placeholders?.isEmpty !== false : !this.guardsOutput) return undefined;
    return new StreamGuard({
      operation,
      selection: isHanded ? NO_GUARDS : this.#selection,
      placeholders: this.#placeholders,
      isJson: answersJson(this.#call),
      asking: this.#askOn('output'),
      report: this.#services.report,
      repair: (texts) => this.#repair(() => texts),
      rewrite: (value, tally, told) => this.#rewriteWhole(value, tally, told),
    });
  }

  /** The texts that a guard has made anew, once a call; a promise only if there are any. */
  #repair(texts: () => readonly FoundText[]): MaybePromise<readonly TextChange[]> {
    const guard = this.#selection.repairing;
    if (guard === undefined || this.#hasRepaired) return [];
    const found = texts();
    const content = { parts: found.map(({ part }) => part) };
    const answered = runRepair(guard, content, this.#factsOn('output'), this.#checked);
    if (!(answered instanceof Promise)) return [];
    this.#hasRepaired = true;
    return answered.then((made) => {
      const changes = found.flatMap((each, index) => {
        const text = made.get(index);
        return text === undefined ? [] : [{ found: each, text }];
      });
      const findings = [{ kind: REPAIRED, count: changes.length }];
      if (changes.length > 0) this.#services.report({ action: 'redact', guard: guard.plan.name, on: 'output', findings });
      return changes;
    });
  }

  /** A part of a streamed answer that tells whole texts again, rewritten as the stream was; `told`: one that has left. */
  #rewriteWhole<T>(value: T, tally: Tally, told?: ToldText): T {
    const found = readTexts(value);
    if (found.length === 0) return value;
    const again = told === undefined ? [] : found.filter(({ part }) => part.text === told.raw);
    if (told !== undefined && again.length > 0) {
      const rest = this.#rewriteTexts(
        value,
        found.filter((text) => !again.includes(text)),
        tally,
      );
      const changes = again.map(({ keys }) => ({ keys, text: told.said }));
      return told.said === told.raw ? rest : withoutLogprobs(withTexts(rest, changes));
    }
    return this.#rewriteTexts(value, found, tally);
  }

  #rewriteTexts<T>(value: T, texts: readonly FoundText[], tally: Tally): T {
    const runs = answerRuns(texts, this.#sent);
    const edits: EditsByRun = [];
    const { following } = this.#selection;
    // Of what is redacted the pieces have told already.
    const count = (guard: ReadyGuard, kind: string) => guard.plan.mode === 'block' && tally.add(guard, kind);
    if (following !== undefined) checkRules(following, runs, answersJson(this.#call), edits, count);
    if (following !== undefined) this.#seals.count(following, texts, tally);
    return this.#rewritten(value, runs, edits);
  }

  #rewritten<T>(value: T, runs: readonly TextRun[], edits: EditsByRun): T {
    if (this.#placeholders?.isEmpty === false) restore(runs, this.#placeholders, edits, answersJson(this.#call));
    const changes: PlacedText[] = [];
    for (const [index, list] of merged(edits).entries()) {
      const run = runs[index];
      if (list === undefined || run === undefined) continue;
      const isRestored = list.every((edit) => edit.text !== undefined);
      for (const { found, text } of changesOf(run, list, (_, kind) => maskOf(kind)))
        changes.push({ keys: found.keys, text, isRestored });
    }
    return changes.length === 0 ? value : withoutLogprobs(withTexts(value, changes));
  }

  #concludeInput(edits: EditsByRun, runs: readonly TextRun[], formTexts: readonly FoundText[], tally: Tally): InputVerdict {
    const error = tally.conclude(this.#services.report);
    if (error !== undefined) return { action: 'block', error };
    const { params, form } = this.#call;
    const changes: PlacedText[] = [];
    const formChanges: { place: number; text: string }[] = [];
    for (const [index, list] of merged(edits).entries()) {
      const run = runs[index];
      if (list === undefined || run === undefined) continue;
      for (const { found, text } of changesOf(run, list, (original, kind) => this.#hidden(run, original, kind, runs))) {
        const place = formTexts.indexOf(found);
        if (place < 0) changes.push({ keys: found.keys, text });
        else formChanges.push({ place, text });
      }
    }
    const sentForm = form === undefined || formChanges.length === 0 ? form : withFormTexts(form, formChanges);
    // The params of a form, and of a body that is handed through, are what was read of it.
    const passthrough = withJson(this.#call.passthrough, changes);
    this.#sent = sentParams(params, sentForm, form, passthrough, changes);
    return { action: 'pass', params: this.#sent, form: sentForm, passthrough };
  }

  #hidden(run: TextRun, original: string, kind: string, runs: readonly TextRun[]): string {
    this.#placeholders ??= new Placeholders(writtenIn(runs), turnOf(this.#call));
    return this.#placeholders.of(isArgumentsRun(run) ? jsonUnescaped(original) : original, kind);
  }

  #askOn(on: GuardSide): GuardAsking {
    const ask: GuardAsking['ask'] = (guard, parts) => runCheck(guard, { parts }, this.#factsOn(on), this.#checked);
    return { ask, cancellation: this.#call.cancellation };
  }

  #factsOn(on: GuardSide): Omit<GuardContext, 'signal'> {
    const { requestId, operation, model, caller } = this.#call;
    return { on, requestId, operation, model, caller, params: this.#sent };
  }

  get #checked() {
    return { clock: this.#services.clock, call: this.#call };
  }

  /** An answer that other calls come for is one whose originals nobody puts back, and that may pass its guards by. */
  #refuseBackground(): ContentBlockedError | undefined {
    if (!isBackground(this.#call)) return undefined;
    const hides = this.#selection.input.guards.filter(({ plan }) => plan.mode === 'redact');
    const misses = this.#selection.output.guards.filter(({ tests }) => tests.some(({ dimension }) => OF_ONE_CALL.has(dimension)));
    return this.#unreadable.refuse('output', [...hides, ...misses], "an answer that is asked for later ('background')");
  }
}

function bytesOf(verdict: AnswerVerdict<{ text: string }>, bytes: Uint8Array): AnswerVerdict<Uint8Array> {
  if (verdict.action === 'block') return verdict;
  const changed = Buffer.from(verdict.answer.text);
  return { action: 'pass', answer: changed.equals(bytes) ? bytes : changed };
}
