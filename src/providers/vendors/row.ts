import type { Operation } from '../../core/operation.ts';
import { HOST_QUIRKS, type VendorQuirks } from '../openai/quirks.ts';
import type { Vendor } from '../vendor.ts';

/** What a row says; the rest is what most hosts have in common. */
export interface VendorRow {
  readonly type: string;
  readonly label: string;
  readonly source: string;
  readonly baseURL?: string;
  readonly keys?: readonly string[];
  /** OpenTelemetry's name where it defines one. */
  readonly vendor?: string;
  /** Beyond chat and passthrough. */
  readonly operations?: readonly Operation[];
  /** All operations, where chat is not among them. */
  readonly only?: readonly Operation[];
  readonly quirks?: Partial<VendorQuirks>;
}

/** A row with its defaults filled in. */
export function toVendor(row: VendorRow): Vendor {
  return {
    type: row.type,
    label: row.label,
    vendor: row.vendor ?? row.type,
    baseURL: row.baseURL,
    keyVariables: row.keys ?? [],
    operations: new Set<Operation>(row.only ?? ['chat', 'passthrough', ...(row.operations ?? [])]),
    quirks: { ...HOST_QUIRKS, ...row.quirks },
    source: row.source,
  };
}
