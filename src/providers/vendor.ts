import type { Operation } from '../core/operation.ts';
import type { VendorQuirks } from './openai/quirks.ts';

/** A vendor that speaks OpenAI's wire: a row of the vendors' table. */
export interface Vendor {
  /** Value of `type` in the configuration. */
  readonly type: string;
  readonly label: string;
  /** OpenTelemetry's `gen_ai.provider.name` if it defines one, else the type. */
  readonly vendor: string;
  /** Undefined if it depends on the account: a resource, a region, the user's own server. */
  readonly baseURL: string | undefined;
  /** Environment variables of the API key, first one that is set; empty if no key is needed. */
  readonly keyVariables: readonly string[];
  readonly operations: ReadonlySet<Operation>;
  readonly quirks: VendorQuirks;
  /** Where the facts of the row are documented. */
  readonly source: string;
}
