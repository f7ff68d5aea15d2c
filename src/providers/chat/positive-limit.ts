import { RequestInvalid } from '../request-invalid.ts';

type Limits = { readonly [name in (typeof NAMES)[number]]?: number | null | undefined };

const NAMES = ['max_completion_tokens', 'max_tokens'] as const;

/** The caller's limit on each answer, for a vendor that takes none of 0. Throws `RequestInvalid`. */
export function positiveLimit(params: Limits): number | undefined {
  for (const name of NAMES) {
    const limit = params[name];
    if (limit === undefined || limit === null) continue;
    if (limit === 0) throw new RequestInvalid(name, 'a positive whole number: this provider takes no limit of 0');
    return limit;
  }
  return undefined;
}
