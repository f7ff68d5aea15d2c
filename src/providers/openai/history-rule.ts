import type { HistoryDemand } from '../chat/history-demand.ts';

/** What models demand of history, and what is done if it is not met. */
export type HistoryRule = ThinkingRule | SignatureRule;

/** A demand of models while they think. */
export interface ThinkingRule {
  /** Models this holds for; all if it is left out. */
  readonly models?: RegExp;
  readonly demand: Exclude<HistoryDemand, 'nothing'>;
  /**
   * `switched-off`: the model thinks unless it is told not to, and is told so. `not-asked`: it thinks on request, and is
   * not asked. `passed-over`: it always thinks, and another candidate has to serve the call.
   */
  readonly unmet: 'switched-off' | 'not-asked' | 'passed-over';
  /** Params whose only accepted value depends on whether the model thinks; left out if thinking is switched off. */
  readonly fixedParams?: readonly string[];
}

/** The first call of each step since the user's last message has a signature, or the documented stand-in. */
export interface SignatureRule {
  readonly models?: RegExp;
  readonly demand: 'signature-on-calls';
  readonly standIn: string;
  /** Where the vendor has it: on the call, or in an encrypted reasoning block that has the call's id. */
  readonly place: 'call' | 'block';
}
