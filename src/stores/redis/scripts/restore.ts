/**
 * Begins a generation anew after the counters were lost, from what this process last knew of them. Every process does
 * so; the highest of what they know stands.
 *
 * KEYS[1]   generation
 * ARGV[1]   the generation to begin where there is none
 * ARGV[2]   the time in milliseconds
 * ARGV[3..] for each counter: its name, what it had spent, length of a rolling window or empty, of its buckets or
 *           empty, when it may be forgotten or '+inf'
 * returns   { the generation that now stands }
 */
export const RESTORE = `
local base = string.sub(KEYS[1], 1, -11)
local generation = redis.call('GET', KEYS[1])
if not generation then
  generation = ARGV[1]
  redis.call('SET', KEYS[1], generation)
end
for place = 3, #ARGV, 5 do
  local key, bucket = base .. 'c:' .. ARGV[place], '0'
  if ARGV[place + 3] ~= '' then
    bucket = string.format('%.0f', math.floor(tonumber(ARGV[2]) / tonumber(ARGV[place + 3])))
    redis.call('HSET', key, 'l', ARGV[place + 2], 'b', ARGV[place + 3])
  end
  local spent = tonumber(redis.call('HGET', key, 's' .. bucket) or '0')
  if spent < tonumber(ARGV[place + 1]) then redis.call('HSET', key, 's' .. bucket, ARGV[place + 1]) end
  redis.call('ZADD', base .. 'counters', ARGV[place + 4], ARGV[place])
end
return { generation }
`;
