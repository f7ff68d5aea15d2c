import { isRecord } from '../core/json.ts';

type Schema = Readonly<Record<string, unknown>>;

/** What a `$ref` of a JSON schema names: a place inside of `root` by its JSON pointer; undefined for anything else. */
export function resolveReference(root: Schema, reference: string): Schema | undefined {
  if (!reference.startsWith('#')) return undefined;
  let value: unknown = root;
  for (const step of reference.slice(1).split('/')) {
    if (step === '') continue;
    const key = unescaped(step);
    const isInside = (isRecord(value) || Array.isArray(value)) && Object.hasOwn(value, key);
    value = isInside ? Reflect.get(value as object, key) : undefined;
  }
  return isRecord(value) ? value : undefined;
}

/** RFC 6901: in a URI fragment, a step's characters may be percent-encoded, `~` and `/` are `~0` and `~1`. */
function unescaped(step: string): string {
  return decoded(step).replaceAll('~1', '/').replaceAll('~0', '~');
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}
