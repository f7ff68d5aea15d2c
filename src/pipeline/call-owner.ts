import type { Call } from '../core/call.ts';
import type { FailureWitness } from './told-error.ts';

/** What the owner of a call contributes to its line. */
export interface CallOwner extends FailureWitness {
  /** The call at the model that a downgrade leads to; undefined where the configuration has it no more. */
  downgrade(call: Call, model: string): Call | undefined;
  /** The call is under way, to be cancelled at its deadline; gives the place under which its end is told. */
  began(call: Call): number;
  /** The call at a place has ended, whichever way; called once. */
  ended(place: number): void;
}
