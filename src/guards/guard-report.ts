import type { GuardFindingCount, GuardSide } from '../core/guard.ts';
import { ContentBlockedError } from '../errors/content-blocked-error.ts';
import type { ReadyGuard } from './ready-guard.ts';

/** What a guard did, for an event: how often it found what, never the text. */
export interface GuardReport {
  readonly action: 'block' | 'redact' | 'flag';
  readonly guard: string;
  readonly on: GuardSide;
  readonly findings: readonly GuardFindingCount[];
}

/** How often each guard of a call has found what on one side, as far as it has gone. */
export class Tally {
  readonly #on: GuardSide;
  readonly #counts = new Map<ReadyGuard, Map<string, number>>();
  /** Those that block though their mode is another. */
  readonly #refusing = new Set<ReadyGuard>();

  constructor(on: GuardSide) {
    this.#on = on;
  }

  /** Whether something was found that may not pass. */
  blocks = false;

  add(guard: ReadyGuard, kind: string): void {
    if (guard.plan.mode === 'block') this.blocks = true;
    let counts = this.#counts.get(guard);
    if (counts === undefined) {
      counts = new Map();
      this.#counts.set(guard, counts);
    }
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }

  /** Counts what a guard may not let pass, whatever it does with what it finds. */
  refuse(guard: ReadyGuard, kind: string): void {
    this.add(guard, kind);
    this.blocks = true;
    this.#refusing.add(guard);
  }

  /** Tells what was found, each guard once, and forgets it; the error is that of the first guard that blocks. */
  conclude(report: (report: GuardReport) => void): ContentBlockedError | undefined {
    let error: ContentBlockedError | undefined;
    if (this.#counts.size === 0) return undefined;
    const inOrder = [...this.#counts].sort(([a], [b]) => a.place - b.place);
    for (const [guard, counts] of inOrder) {
      const { plan } = guard;
      const findings = [...counts].map(([kind, count]) => ({ kind, count }));
      const action = this.#refusing.has(guard) ? 'block' : plan.mode;
      report({ action, guard: plan.name, on: this.#on, findings });
      if (action === 'block') error ??= new ContentBlockedError(plan.name, this.#on, findings);
    }
    this.#counts.clear();
    return error;
  }
}
