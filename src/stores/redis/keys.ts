/**
 * Counters are spread over homes: one on a server by itself, many on a cluster. A home's keys share a hash tag, so a
 * cluster keeps them in one slot, and one script may change several of them. `{tag}` is `{tollgate}` for the first
 * home and `{tollgate:1}`, `{tollgate:2}`... for the others:
 *
 *     {tag}:2:generation   string   set once; missing or changed means that the counters were lost; of the first home
 *                                   it ends with the number of homes
 *     {tag}:2:now          string   latest time seen, so that a clock that goes back reopens nothing
 *     {tag}:2:m:<process>  string   number of that process's last write; expires by itself
 *     {tag}:2:r:<id>       string   a reservation, as far as its counters live here, or its tombstone; expires once ended
 *     {tag}:2:x:<slice>    string   a slice that a process holds; expires once it holds nothing
 *     {tag}:2:open         zset     open reservations and slices by the end of their lease
 *     {tag}:2:c:<counter>  hash     s spent, r reserved, x sliced; of a rolling window also l and b, its length and that of
 *                                   its buckets, o, the oldest bucket that counts, and s, r and x of each bucket
 *     {tag}:2:counters     zset     counters by the time they may be forgotten
 *     {tollgate}:u:<hour>  hash     usage report of an hour: dimensions and measure to sum
 *     {tollgate}:hours     zset     hours of the usage report
 *     {tollgate}:n:<key>   string   a note, after the time until which it is kept; expires by itself
 *
 * The 2 is the version of the form. Keys of another version are neither read nor taken for a loss.
 */
export interface RedisKeys {
  readonly generation: string;
  reservation(id: string): string;
  note(key: string): string;
}

/** Throws a TypeError for a prefix that is empty or has braces. */
export function redisKeys(prefix: string, home: number): RedisKeys {
  if (prefix === '' || /[{}]/.test(prefix)) throw new TypeError('The prefix of the Redis store must be a name without braces');
  const tag = home === 0 ? `{${prefix}}` : `{${prefix}:${home}}`;
  return {
    generation: `${tag}:2:generation`,
    reservation: (id) => `${tag}:2:r:${id}`,
    note: (key) => `${tag}:n:${key}`,
  };
}
