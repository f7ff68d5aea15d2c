import { isRecord, type JsonRecord } from '../../core/json.ts';
import type { MaybePromise } from '../../core/maybe-promise.ts';
import type { Operation } from '../../core/operation.ts';
import type { ContentBlockedError } from '../../errors/content-blocked-error.ts';
import { checkTexts, type EditsByRun, type GuardAsking } from '../check-texts.ts';
import type { FoundText } from '../content/read-texts.ts';
import { runsOf, type TextChange } from '../content/text-run.ts';
import type { Edit } from '../edits.ts';
import { type GuardReport, Tally } from '../guard-report.ts';
import type { GuardGroup, GuardSelection } from '../guard-selection.ts';
import type { Placeholders } from '../placeholders.ts';
import { ChannelRun, type StreamFacts } from './channel-run.ts';
import { ChoiceItems } from './choice-items.ts';
import { HandedItems } from './handed-items.ts';
import type { ChannelFacts, Channels, ItemsForm } from './items-form.ts';
import { repairedItems } from './repaired-items.ts';
import { TextChannel, type ToldText } from './text-channel.ts';
import { TypedItems } from './typed-items.ts';

export interface StreamGuardOptions {
  readonly operation: Operation;
  readonly selection: GuardSelection;
  readonly placeholders: Placeholders | undefined;
  readonly isJson: boolean;
  readonly asking: GuardAsking;
  report(report: GuardReport): void;
  /** The texts that are made anew before anybody sees them; a promise only if there are any. */
  repair(texts: readonly FoundText[]): MaybePromise<readonly TextChange[]>;
  /** Rewrites the texts of an object that tells them whole; what blocks is counted. `told`: one that has left already. */
  rewrite<T>(value: T, tally: Tally, told?: ToldText): T;
}

/** What may leave after an item came: `items` first, and under `block` the error after them. */
export type StreamStep =
  | { readonly action: 'pass'; readonly items: readonly unknown[] }
  | { readonly action: 'block'; readonly items: readonly unknown[]; readonly error: ContentBlockedError };

const NONE: readonly unknown[] = [];

/**
 * Passes the items of one streamed answer on. What its rules can follow leaves as soon as it can't become a match any more;
 * a guard that checks content as a whole holds all items back until the end, unless it only flags.
 */
export class StreamGuard implements Channels {
  readonly #options: StreamGuardOptions;
  readonly #tally = new Tally('output');
  readonly #facts: StreamFacts;
  readonly #channels = new Map<string, TextChannel>();
  readonly #runs = new Map<string, ChannelRun>();
  /** Those that see the answer as a whole. */
  readonly #whole: GuardGroup;
  readonly #holds: boolean;
  readonly #collects: boolean;
  /** Items that are held back as they came. */
  #items: unknown[] = [];
  /** Texts as they came, for guards that see the whole. */
  readonly #texts = new Map<string, { facts: ChannelFacts; text: string }>();
  #known = new Map<string, readonly Edit[]>();
  #form: ItemsForm | undefined;

  constructor(options: StreamGuardOptions) {
    this.#options = options;
    const { selection, placeholders } = options;
    const edits = (key: string) => this.#known.get(key) ?? [];
    this.#facts = { selection, placeholders, tally: this.#tally, sizes: new Map(), edits };
    const guards = options.selection.output.guards.filter(({ check }) => check.by === 'content');
    this.#whole = { guards, rules: undefined };
    this.#collects = guards.length > 0;
    this.#holds = guards.some(({ plan }) => plan.mode !== 'flag');
  }

  /** Takes the next item of the provider's answer. After `block` nothing must be pushed. */
  push(item: unknown): StreamStep {
    if (this.#holds) {
      this.#items.push(item);
      return { action: 'pass', items: NONE };
    }
    return this.#step(this.#guarded(item));
  }

  /** The answer is complete: what was held back. */
  end(): MaybePromise<StreamStep> {
    if (this.#holds) return this.#endHeld();
    const items = this.#form?.end() ?? NONE;
    if (this.#tally.blocks || !this.#collects) return this.#step(items, true);
    const checked = this.#checkWhole();
    return checked instanceof Promise ? checked.then(() => this.#step(items, true)) : this.#step(items, true);
  }

  of(facts: ChannelFacts): TextChannel {
    let channel = this.#channels.get(facts.key);
    if (channel === undefined) {
      channel = new TextChannel(facts.key, this.#runOf(facts), facts.isTold === true);
      this.#channels.set(facts.key, channel);
    }
    return channel;
  }

  #runOf({ key, run = key, isJson }: ChannelFacts): ChannelRun {
    let found = this.#runs.get(run);
    if (found === undefined) {
      found = new ChannelRun(this.#facts, isJson || this.#options.isJson);
      this.#runs.set(run, found);
    }
    return found;
  }

  known(key: string): TextChannel | undefined {
    return this.#channels.get(key);
  }

  rewriteTold(value: JsonRecord, told: ToldText): JsonRecord | undefined {
    const rewritten = this.#options.rewrite(value, this.#tally, told);
    return this.#tally.blocks ? undefined : rewritten;
  }

  rewriteRest(value: JsonRecord, but?: ReadonlySet<string>): JsonRecord | undefined {
    const rest = but === undefined ? value : Object.fromEntries(Object.entries(value).filter(([name]) => !but.has(name)));
    const rewritten = this.#options.rewrite(rest, this.#tally);
    if (this.#tally.blocks) return undefined;
    if (rewritten === rest) return value;
    return but === undefined ? rewritten : { ...value, ...rewritten };
  }

  #guarded(item: unknown): readonly unknown[] {
    if (this.#options.operation === 'passthrough') return this.#handed(item);
    if (!isRecord(item)) return [item];
    this.#form ??= typeof item.type === 'string' ? new TypedItems(this) : new ChoiceItems(this);
    if (this.#collects) this.#collect(item);
    return this.#form.push(item);
  }

  #handed(item: unknown): readonly unknown[] {
    this.#form ??= new HandedItems(this);
    return this.#form.push(item);
  }

  #step(items: readonly unknown[], isEnd = false): StreamStep {
    const isBlocked = this.#tally.blocks;
    if (!isBlocked && !isEnd) return { action: 'pass', items };
    const error = this.#tally.conclude(this.#options.report);
    return error === undefined ? { action: 'pass', items } : { action: 'block', items, error };
  }

  /** The items are read twice: once for the guards that see the whole, once to be handed out. */
  #endHeld(): MaybePromise<StreamStep> {
    for (const item of this.#items) this.#collect(item);
    const changes = this.#options.repair(this.#foundTexts());
    if (!(changes instanceof Promise)) return this.#checkHeld();
    return changes.then((known) => {
      this.#takeRepaired(known);
      return this.#checkHeld();
    });
  }

  #takeRepaired(changes: readonly TextChange[]): void {
    if (changes.length === 0) return;
    const texts = new Map(changes.map(({ found, text }) => [found.part.path, { before: found.part.text, after: text }]));
    this.#items = repairedItems(this.#items, texts);
    this.#texts.clear();
    for (const item of this.#items) this.#collect(item);
  }

  #checkHeld(): MaybePromise<StreamStep> {
    const conclude = (edits: EditsByRun): StreamStep => {
      this.#known = new Map([...this.#texts.keys()].map((key, index) => [key, edits[index] ?? []]));
      this.#texts.clear();
      const items: unknown[] = [];
      for (const item of this.#items) {
        items.push(...this.#guarded(item));
        if (this.#tally.blocks) break;
      }
      if (!this.#tally.blocks) items.push(...(this.#form?.end() ?? NONE));
      const error = this.#tally.conclude(this.#options.report);
      return error === undefined ? { action: 'pass', items } : { action: 'block', items: NONE, error };
    };
    const checked = this.#checkWhole();
    return checked instanceof Promise ? checked.then(conclude) : conclude(checked);
  }

  #checkWhole(): MaybePromise<EditsByRun> {
    return checkTexts(this.#whole, runsOf(this.#foundTexts()), this.#tally, this.#options.asking, this.#options.isJson);
  }

  #foundTexts(): FoundText[] {
    return [...this.#texts.values()].map(({ facts, text }) => ({
      part: { kind: facts.kind, text, role: 'assistant', path: facts.key },
      keys: [facts.key],
    }));
  }

  #collect(item: unknown): void {
    if (!isRecord(item)) return;
    const texts = typeof item.type === 'string' ? TypedItems.textsOf(item) : ChoiceItems.textsOf(item);
    for (const { facts, text } of texts) {
      const known = this.#texts.get(facts.key);
      if (known === undefined) this.#texts.set(facts.key, { facts, text });
      else known.text += text;
    }
  }
}
