/**
 * Names of all keys, under one hash tag, so that a cluster keeps them in one slot:
 *
 *     {tollgate}:generation   string   set once; missing or changed means that the counters were lost
 *     {tollgate}:now          string   latest time seen, so that a clock that goes back reopens nothing
 *     {tollgate}:r:<id>       string   a reservation or its tombstone, as JSON
 *     {tollgate}:open         zset     open reservations by the end of their lease
 *     {tollgate}:forget       zset     ended reservations by the time they may be forgotten
 *     {tollgate}:c:<counter>  hash     s<bucket> spent, r<bucket> reserved; l and b: length of a rolling window and its buckets
 *     {tollgate}:counters     zset     counters by the time they may be forgotten
 *     {tollgate}:u:<hour>     hash     usage report of an hour: dimensions and measure to sum
 *     {tollgate}:hours        zset     hours of the usage report
 *     {tollgate}:n:<key>      string   a note, after the time until which it is kept; expires by itself
 */
export interface RedisKeys {
  readonly generation: string;
  reservation(id: string): string;
  counter(counter: string): string;
  note(key: string): string;
}

export function redisKeys(prefix: string): RedisKeys {
  if (prefix === '' || /[{}]/.test(prefix)) throw new TypeError('The prefix of the Redis store must be a name without braces');
  const base = `{${prefix}}:`;
  return {
    generation: `${base}generation`,
    reservation: (id) => `${base}r:${id}`,
    counter: (counter) => `${base}c:${counter}`,
    note: (key) => `${base}n:${key}`,
  };
}
