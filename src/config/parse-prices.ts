import { z } from 'zod';
import type { PriceOverride } from '../core/deployment.ts';
import type { ConfigurationIssue } from '../errors/configuration-error.ts';
import { cleanCopy } from './clean-copy.ts';
import { freezeDeep } from './containers.ts';
import { Issues } from './issues.ts';
import { pricesSchema } from './schema/scalars.ts';

export type ParsedPrices =
  | { readonly ok: true; readonly prices: ReadonlyMap<string, PriceOverride> }
  | { readonly ok: false; readonly issues: readonly ConfigurationIssue[] };

const schema = z.strictObject({ prices: pricesSchema });

/** Prices by `provider/model` that come from outside, copied and checked as those of a configuration are. */
export function parsePrices(value: unknown): ParsedPrices {
  const issues = new Issues();
  const copied = cleanCopy({ prices: value }, issues);
  const parsed = schema.safeParse(copied);
  if (!parsed.success) issues.addParsed(parsed.error, schema, copied);
  const found = issues.all();
  if (!parsed.success || found.length > 0) return { ok: false, issues: found };
  return { ok: true, prices: new Map<string, PriceOverride>(Object.entries(freezeDeep(parsed.data.prices))) };
}
