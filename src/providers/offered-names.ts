import type { Params } from '../core/params.ts';

/** Whether a tool that the request offers has a longer name that begins so. */
export function growsInto(params: Params, name: string): boolean {
  return begins(params, name, name.length + 1);
}

/** The name as it stands after a further piece that names the call: the piece may be its next part, or all of it so far. */
export function longerName(params: Params, name: string, piece: string): string {
  const joined = name + piece;
  if (begins(params, joined, joined.length)) return joined;
  return piece.startsWith(name) && begins(params, piece, piece.length) ? piece : name;
}

function begins({ tools, functions }: Params, beginning: string, shortest: number): boolean {
  const isLonger = (offered: unknown) =>
    typeof offered === 'string' && offered.length >= shortest && offered.startsWith(beginning);
  return named(tools, ({ function: offered }) => isLonger(offered?.name)) || named(functions, ({ name }) => isLonger(name));
}

interface Offered {
  readonly name?: unknown;
  readonly function?: { readonly name?: unknown } | null;
}

function named(list: unknown, isOne: (offered: Offered) => boolean): boolean {
  return Array.isArray(list) && list.some((offered: Offered | null) => offered !== null && isOne(offered));
}
