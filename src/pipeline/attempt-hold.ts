import type { Call } from '../core/call.ts';
import type { Deployment } from '../core/deployment.ts';
import type { Reservation } from '../ledger/ledger.ts';
import type { Permit } from '../pacing/pacing.ts';
import type { Credential } from '../providers/provider.ts';
import type { ProviderAccount } from './runtime.ts';

/** What an attempt holds while it runs. */
export interface AttemptHold {
  /** With the bound that budgets put on its output here. */
  readonly call: Call;
  readonly deployment: Deployment;
  readonly account: ProviderAccount;
  readonly credential: Credential | undefined;
  readonly permit: Permit;
  /** Of the deployment's rpm and tpm. */
  readonly reservation: Reservation | undefined;
}
