import { allTypes } from '../providers/all-types.ts';

/** Types that users look for under another name: the product's, the maker's, or the one that other gateways use. */
const TYPES_BY_OTHER_NAME: ReadonlyMap<string, string> = new Map(
  allTypes().flatMap(({ type, otherNames = [] }) => otherNames.map((name) => [name, type])),
);

/** The type that a name is another name of; undefined if it is none. */
export function typeByOtherName(name: string): string | undefined {
  return TYPES_BY_OTHER_NAME.get(name.toLowerCase().replaceAll('_', '-'));
}

/** All of them. */
export function otherNames(): readonly string[] {
  return [...TYPES_BY_OTHER_NAME.keys()];
}
