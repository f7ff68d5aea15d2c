import { checkRules } from './check-texts.ts';
import type { FoundText } from './content/read-texts.ts';
import { SEALED_FIELD } from './content/sealed-texts.ts';
import { runsOf } from './content/text-run.ts';
import type { Tally } from './guard-report.ts';
import type { JointRules } from './joint-rules.ts';

/**
 * What is hidden in the seals of a stream: no piece of it has shown and counted that. Several events tell the same seal, which
 * counts once. What blocks is counted as in every other text.
 */
export class CountedSeals {
  readonly #counted = new Set<string>();

  count(rules: JointRules, texts: readonly FoundText[], tally: Tally): void {
    const sealed = texts.filter(({ keys, part }) => keys.includes(SEALED_FIELD) && !this.#counted.has(part.text));
    if (sealed.length === 0) return;
    for (const { part } of sealed) this.#counted.add(part.text);
    checkRules(rules, runsOf(sealed), false, [], (guard, kind) => {
      if (guard.plan.mode !== 'block') tally.add(guard, kind);
    });
  }
}
