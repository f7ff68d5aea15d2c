import type { Call } from '../../core/call.ts';
import { sentParams } from '../../core/sent-params.ts';
import { type Served, servedOrAsked } from '../../core/served.ts';
import type { Reservation } from '../../ledger/ledger.ts';
import { countsUnits } from '../../ledger/unit-counts.ts';
import type { StreamTally } from '../reading/stream-tally.ts';
import { type Used, usedByStream, usedWithUnits } from '../reading/used.ts';
import type { CallAccount } from '../record/call-account.ts';
import type { NumberedAttempt } from '../record/call-events.ts';
import type { Runtime } from '../runtime.ts';

// A crash loses what a stream delivered since; each time costs a shared store one command or two.
const TELL_EVERY_MS = 5_000;
// What a fast model writes in that time. So much more in a report is told at once, and then as much again as was told.
const WORTH_TELLING = 1_000;

/** The attempt that a stream belongs to. */
interface StreamingAttempt extends NumberedAttempt {
  /** How it asked to be served. */
  readonly asked: Served | undefined;
  /** In the budgets of its provider and deployment. */
  readonly reservation: Reservation | undefined;
}

/** Tells the store what a stream under way has used, which is what it charges should this process die. */
export class StreamLease {
  readonly #call: Call;
  readonly #attempt: StreamingAttempt;
  readonly #account: CallAccount;
  readonly #runtime: Runtime;
  #dueMs: number;
  #dueTokens = WORTH_TELLING;

  constructor(call: Call, attempt: StreamingAttempt, account: CallAccount, runtime: Runtime) {
    this.#call = call;
    this.#attempt = attempt;
    this.#account = account;
    this.#runtime = runtime;
    this.#dueMs = runtime.clock.monotonicMs() + TELL_EVERY_MS;
  }

  /** Before more is waited for: a report of much usage is told at once. */
  noteReport(tally: StreamTally): void {
    if (tally.reportedTokens >= this.#dueTokens) this.#tell(tally, this.#runtime.clock.monotonicMs());
  }

  /** Now and then, as items come that were waited for; `nowMs` is monotonic. */
  keep(tally: StreamTally, nowMs: number): void {
    if (nowMs >= this.#dueMs) this.#tell(tally, nowMs);
  }

  #tell(tally: StreamTally, nowMs: number): void {
    const { ledger } = this.#runtime;
    const { attempt, deployment, asked, reservation } = this.#attempt;
    const used = usedByStream(tally, this.#call, deployment, ledger);
    const { usage, served } = this.#withUnits(used, tally);
    const costNanoUsd = ledger.costNanoUsd(this.#call.plan, deployment, usage, servedOrAsked(served, asked));
    this.#account.extendForStream(attempt, { usage, costNanoUsd });
    reservation?.extend(this.#account.leaseMs(), { requests: 1, usage, costNanoUsd });
    const tokens = Math.max(usage.inputTokens + usage.outputTokens, tally.reportedTokens);
    this.#dueTokens = tokens + Math.max(tokens, WORTH_TELLING);
    this.#dueMs = nowMs + TELL_EVERY_MS;
  }

  /** All that was asked for: what a stream under way will come to is not known. */
  #withUnits(used: Used, tally: StreamTally): Used {
    const { deployment } = this.#attempt;
    if (!countsUnits(this.#call.operation)) return used;
    const sent = { ...this.#call, params: sentParams(this.#call, deployment) };
    return usedWithUnits(used, sent, deployment, tally.delivered(), true, this.#runtime.ledger);
  }
}
