import type { VendorQuirks } from './quirks.ts';

/** Which of the vendor's rules hold for a model: `unsupportedParams` judges models of which the same hold alike. */
export function judgedAs(upstreamModel: string, { unsupported, history, forcedTools }: VendorQuirks): string {
  const rules = [...unsupported, ...history, ...forcedTools];
  return rules.map(({ models }) => (models === undefined || models.test(upstreamModel) ? 'y' : 'n')).join('');
}
