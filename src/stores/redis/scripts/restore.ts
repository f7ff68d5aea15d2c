/**
 * Begins a generation anew after a home's counters were lost, from what this process last knew of them. Every process
 * does so; the highest of what they know stands. Slices come back as their last report that was answered left them.
 *
 * KEYS[1]   generation
 * ARGV[1]   the generation to begin if there is none
 * ARGV[2]   the time in milliseconds, or empty: Redis's own TIME
 * ARGV[3]   number of counters
 * ARGV[4..] five for each counter: its name, what it had spent, length of a rolling window or empty, of its buckets or
 *           empty, when that of a calendar window may be forgotten or '+inf';
 *           then seven for each slice: its name, counter, sequence, spent, held, at risk, lease in milliseconds
 * returns   { the generation that now stands }
 */
export const RESTORE = `
local base = string.sub(KEYS[1], 1, -11)
local call = redis.call
local now = tonumber(ARGV[2])
if not now then
  local time = call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local function text(number) return string.format('%.0f', number) end

local generation = call('GET', KEYS[1])
if not generation then
  generation = ARGV[1]
  call('SET', KEYS[1], generation)
end
local slices = 4 + 5 * tonumber(ARGV[3])
for place = 4, slices - 1, 5 do
  local key = base .. 'c:' .. ARGV[place]
  local spent, highest = tonumber(call('HGET', key, 's') or '-1'), tonumber(ARGV[place + 1])
  if spent < 0 and ARGV[place + 3] ~= '' then
    local oldest = math.max(math.floor((now - tonumber(ARGV[place + 2])) / tonumber(ARGV[place + 3])), 0)
    call('HSET', key, 'l', ARGV[place + 2], 'b', ARGV[place + 3], 'o', text(oldest))
  end
  if spent < highest then
    call('HSET', key, 's', ARGV[place + 1])
    if ARGV[place + 3] ~= '' then
      local field = 's' .. text(math.floor(now / tonumber(ARGV[place + 3])))
      call('HINCRBY', key, field, text(highest - math.max(spent, 0)))
    end
  end
  if spent < 0 then call('HSET', key, 'f', '0') end
  local forget_at = ARGV[place + 4]
  if forget_at == '' then forget_at = text(now + tonumber(ARGV[place + 2]) + 2 * tonumber(ARGV[place + 3])) end
  call('ZADD', base .. 'counters', forget_at, ARGV[place])
end
for place = slices, #ARGV, 7 do
  local name, key = 'x:' .. ARGV[place], base .. 'c:' .. ARGV[place + 1]
  if call('EXISTS', base .. name) == 0 and call('EXISTS', key) == 1 then
    local bucket_ms, held = tonumber(call('HGET', key, 'b') or '0'), tonumber(ARGV[place + 4])
    local bucket = bucket_ms > 0 and math.floor(now / bucket_ms) or 0
    local slice = { ARGV[place + 1], bucket, tonumber(ARGV[place + 2]), tonumber(ARGV[place + 3]), held, tonumber(ARGV[place + 5]), 0, 0 }
    call('SET', base .. name, cmsgpack.pack(slice))
    call('HINCRBY', key, 'x', text(held))
    if bucket_ms > 0 then call('HINCRBY', key, 'x' .. text(bucket), text(held)) end
    call('ZADD', base .. 'open', text(now + tonumber(ARGV[place + 6])), name)
  end
end
return { generation }
`;
