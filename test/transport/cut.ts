/** The bytes in pieces, cut at the positions given, in any order; positions outside and empty pieces are left out. */
export function cut(bytes: Uint8Array, positions: readonly number[]): Uint8Array[] {
  const inside = positions.filter((position) => position > 0 && position < bytes.length);
  const starts = [0, ...[...new Set(inside)].sort((a, b) => a - b)];
  return starts.map((start, index) => bytes.slice(start, starts[index + 1] ?? bytes.length)).filter((piece) => piece.length > 0);
}
