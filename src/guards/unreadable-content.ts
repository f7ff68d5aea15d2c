import type { GuardSide } from '../core/guard.ts';
import type { Operation } from '../core/operation.ts';
import { ContentBlockedError } from '../errors/content-blocked-error.ts';
import type { GuardReport } from './guard-report.ts';
import type { ReadyGuard } from './ready-guard.ts';

const FINDINGS = [{ kind: 'unreadable', count: 1 }];

/** What guards say of what they cannot read in a call: it is not let past, but by one that only flags, which tells of it once. */
export class UnreadableContent {
  readonly #operation: Operation;
  readonly #report: (report: GuardReport) => void;
  readonly #told = new Set<ReadyGuard>();

  constructor(operation: Operation, report: (report: GuardReport) => void) {
    this.#operation = operation;
    this.#report = report;
  }

  /** `what` they cannot read; undefined if they can. */
  refuse(on: GuardSide, guards: readonly ReadyGuard[], what: string | undefined): ContentBlockedError | undefined {
    if (what === undefined) return undefined;
    for (const guard of guards) {
      if (guard.plan.mode !== 'flag' || this.#told.has(guard)) continue;
      this.#told.add(guard);
      this.#report({ action: 'flag', guard: guard.plan.name, on, findings: FINDINGS });
    }
    const strict = guards.find(({ plan }) => plan.mode !== 'flag');
    if (strict === undefined) return undefined;
    this.#report({ action: 'block', guard: strict.plan.name, on, findings: FINDINGS });
    return new ContentBlockedError(strict.plan.name, on, FINDINGS, `it can't read ${what} (operation '${this.#operation}')`);
  }
}
