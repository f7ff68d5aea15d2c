/**
 * The candidates a mistyped name was probably meant to be, closest first; none if nothing is close. Of many candidates the
 * first `MOST_COMPARED` of about its length are looked at, so that a mistake costs no more among 60,000 names.
 */
export function closestNames(name: string, candidates: Iterable<string>, max: number): string[] {
  if (name.length > LONGEST_NAME) return [];
  const wanted = name.toLowerCase();
  let compared = 0;
  const close: { candidate: string; distance: number }[] = [];
  for (const candidate of candidates) {
    const allowed = Math.max(1, Math.floor(Math.max(name.length, candidate.length) / 3));
    if (Math.abs(candidate.length - name.length) > allowed) continue;
    compared += 1;
    if (compared > MOST_COMPARED) break;
    const distance = editDistance(wanted, candidate.toLowerCase(), allowed);
    if (distance <= allowed) close.push({ candidate, distance });
  }
  return close
    .sort((a, b) => a.distance - b.distance)
    .slice(0, max)
    .map(({ candidate }) => candidate);
}

// A longer name is no typing mistake, and the comparison costs the product of the lengths.
const LONGEST_NAME = 128;
const MOST_COMPARED = 1000;

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other; infinite if more than `most`. */
function editDistance(from: string, to: string, most: number): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let cost = Math.min(at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) cost = Math.min(cost, at(beforeLast, column - 2) + 1);
      current.push(cost);
    }
    // Whatever follows costs no less than the cheapest of two neighbouring rows: a swap skips one.
    if (Math.min(...last) > most && Math.min(...current) > most) return Number.POSITIVE_INFINITY;
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
