import type { Operation } from '../core/operation.ts';
import { allTypes } from './all-types.ts';
import { HOST_QUIRKS } from './openai/quirks.ts';
import { isNative, type OpenAiHost } from './provider-type.ts';
import type { Vendor } from './vendor.ts';

/** Every vendor that speaks OpenAI's wire, by its type in the configuration. */
export const vendors: ReadonlyMap<string, Vendor> = new Map(
  allTypes().flatMap((row) => (isNative(row) ? [] : [[row.type, toVendor(row)]])),
);

/** A row with its defaults filled in. */
function toVendor(row: OpenAiHost): Vendor {
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
