import { KEPT_AFTER_END_MS } from '../../counts-until.ts';
import { LATE_SETTLEMENT_MS, TOMBSTONE_MS } from '../../store.ts';

/** How long a home remembers the number of a process's last write. */
const MARK_MS = 86_400_000;

/**
 * What every script over counters begins with. All its keys lie in one home, so in one slot.
 *
 * KEYS[1]  generation key; the other keys' base is cut from it
 * ARGV[1]  the generation this process knows
 * ARGV[2]  the time in milliseconds, or empty: Redis's own TIME
 * ARGV[3]  names the process   ARGV[4] its last write that was acknowledged   ARGV[5] number of this command
 * returns  { 'reset' } if the generation is another one, { 'behind' } if an acknowledged write of this process is
 *          missing (a failover lost it); nothing was changed then
 *
 * Amounts are whole numbers up to 2^53 - 1, which a Lua number holds exactly; they are written with %.0f, because
 * tostring turns to exponents at 1e14. A counter keeps its sums, and those of each bucket of a rolling window; the sums
 * are rolled forward when a bucket has left, so that no script reads the buckets that stay.
 */
export const PRELUDE = `
local base = string.sub(KEYS[1], 1, -11)
local LARGEST = 9007199254740991
local floor, max, min = math.floor, math.max, math.min
local call = redis.call

local head = call('MGET', KEYS[1], base .. 'now', base .. 'm:' .. ARGV[3], KEYS[2] or KEYS[1])
if head[1] ~= ARGV[1] then return { 'reset' } end
if ARGV[4] ~= '0' and tonumber(head[3] or '0') < tonumber(ARGV[4]) then return { 'behind' } end

local function text(number)
  return string.format('%.0f', number)
end

local function whole(value)
  local number = tonumber(value)
  if not number or number ~= number or number < 0 or number > LARGEST or number ~= floor(number) then
    error('TOLLGATE_RANGE not a non-negative safe integer')
  end
  return number
end

-- The latest time seen; about once a second also what may be forgotten is.
local function latest()
  local now
  if ARGV[2] == '' then
    local time = call('TIME')
    now = tonumber(time[1]) * 1000 + floor(tonumber(time[2]) / 1000)
  else
    now = whole(ARGV[2])
  end
  local seen = tonumber(head[2] or '0')
  if seen >= now then return seen end
  local later = floor(now / 1000) > floor(seen / 1000)
  if later or ARGV[2] ~= '' then call('SET', base .. 'now', text(now)) end
  if later then
    for _, name in ipairs(call('ZRANGEBYSCORE', base .. 'counters', '-inf', text(now), 'LIMIT', 0, 500)) do
      call('DEL', base .. 'c:' .. name)
      call('ZREM', base .. 'counters', name)
    end
  end
  return now
end

-- Remembers that this write of the process has arrived.
local function sign()
  call('SET', base .. 'm:' .. ARGV[3], text(max(tonumber(head[3] or '0'), tonumber(ARGV[5]))), 'PX', '${MARK_MS}')
end

-- A counter: its sums as they are at a time.
local function counter_of(name, now)
  local key = base .. 'c:' .. name
  local found = call('HMGET', key, 's', 'r', 'x', 'o', 'l', 'b', 'f', 'w', 'h', 'u')
  local counter = {
    name = name, key = key, known = found[1] and true or false,
    spent = tonumber(found[1] or '0'), reserved = tonumber(found[2] or '0'), sliced = tonumber(found[3] or '0'),
    oldest = tonumber(found[4] or '0'), length = tonumber(found[5] or '0'), bucket_ms = tonumber(found[6] or '0'), listed = found[7],
    wanted = found[8], wanted_by = found[9], wanted_until = found[10],
  }
  if counter.bucket_ms == 0 then return counter end
  local oldest = max(floor((now - counter.length) / counter.bucket_ms), 0)
  if oldest <= counter.oldest then return counter end
  local fields = {}
  for bucket = counter.oldest, min(oldest - 1, counter.oldest + math.ceil(counter.length / counter.bucket_ms) + 1) do
    local number = text(bucket)
    fields[#fields + 1] = 's' .. number
    fields[#fields + 1] = 'r' .. number
    fields[#fields + 1] = 'x' .. number
  end
  local amounts = call('HMGET', key, unpack(fields))
  for place = 1, #amounts, 3 do
    counter.spent = max(counter.spent - tonumber(amounts[place] or '0'), 0)
    counter.reserved = max(counter.reserved - tonumber(amounts[place + 1] or '0'), 0)
    counter.sliced = max(counter.sliced - tonumber(amounts[place + 2] or '0'), 0)
  end
  counter.oldest = oldest
  call('HDEL', key, unpack(fields))
  call('HSET', key, 's', text(counter.spent), 'r', text(counter.reserved), 'x', text(counter.sliced), 'o', text(oldest))
  return counter
end

-- Adds to what is spent, reserved and sliced, where the bucket still counts.
local function change(counter, bucket, spent, reserved, sliced)
  if not counter.known then return end
  local fields = {}
  local function write(name, amount)
    fields[#fields + 1] = name
    fields[#fields + 1] = text(amount)
  end
  if counter.bucket_ms > 0 then
    if bucket < counter.oldest then return end
    local number = text(bucket)
    local held = call('HMGET', counter.key, 's' .. number, 'r' .. number, 'x' .. number)
    local function part(name, before, by)
      local after = min(max(before + by, 0), LARGEST)
      if by ~= 0 then write(name .. number, after) end
      return after - before
    end
    spent = part('s', tonumber(held[1] or '0'), spent)
    reserved = part('r', tonumber(held[2] or '0'), reserved)
    sliced = part('x', tonumber(held[3] or '0'), sliced)
  end
  counter.spent = min(max(counter.spent + spent, 0), LARGEST)
  counter.reserved = max(counter.reserved + reserved, 0)
  counter.sliced = max(counter.sliced + sliced, 0)
  if spent ~= 0 then write('s', counter.spent) end
  if reserved ~= 0 then write('r', counter.reserved) end
  if sliced ~= 0 then write('x', counter.sliced) end
  if #fields > 0 then call('HSET', counter.key, unpack(fields)) end
end

-- Begins a counter that is not known, and keeps it listed until its window is over. Gives the bucket of a time.
local function begin(counter, length, bucket_ms, ends_at, now)
  local bucket = length and floor(now / bucket_ms) or 0
  if not counter.known then
    counter.known = true
    if not length then
      call('HSET', counter.key, 's', '0')
    else
      counter.length, counter.bucket_ms = length, bucket_ms
      counter.oldest = max(floor((now - length) / bucket_ms), 0)
      call('HSET', counter.key, 's', '0', 'l', text(length), 'b', text(bucket_ms), 'o', text(counter.oldest))
    end
  end
  -- A process whose clock is behind goes on in a window that is over; its counter is listed anew every minute.
  local behind = ends_at and ends_at <= now
  local listed = length and text(bucket) or behind and text(floor(now / 60000)) or '0'
  if counter.listed ~= listed then
    local forget_at = length and text(now + length + 2 * bucket_ms) or ends_at and text(max(ends_at, now) + ${KEPT_AFTER_END_MS}) or '+inf'
    call('ZADD', base .. 'counters', forget_at, counter.name)
    call('HSET', counter.key, 'f', listed)
    counter.listed = listed
  end
  return bucket
end

-- A reservation as it is kept: 'o' (open) or 'e' (expired) and its fields, 's' (settled) or 'l' (released) alone.
-- Fields: number of charges in all, then five for each charge of this home: place, counter, bucket, amount, spent.
local STATES = { o = 'open', e = 'expired', s = 'settled', l = 'released' }

local function state_of(stored)
  return stored and STATES[string.sub(stored, 1, 1)]
end

local function fields_of(stored)
  return cmsgpack.unpack(string.sub(stored, 2))
end

local function finish(id, state)
  call('ZREM', base .. 'open', 'r:' .. id)
  call('SET', base .. 'r:' .. id, state, 'PX', '${TOMBSTONE_MS}')
end

-- Ends every lease that is over: charges what is known to be spent or at risk, frees the rest.
local function lapse(now)
  local again = false
  repeat
    local names = call('ZRANGEBYSCORE', base .. 'open', '-inf', text(now), 'LIMIT', 0, 100)
    for _, name in ipairs(names) do
      call('ZREM', base .. 'open', name)
      local stored = call('GET', base .. name)
      if stored and string.sub(name, 1, 1) == 'r' then
        local fields = fields_of(stored)
        for place = 2, #fields, 5 do
          change(counter_of(fields[place + 1], now), fields[place + 2], fields[place + 4], -fields[place + 3], 0)
        end
        call('SET', base .. name, 'e' .. string.sub(stored, 2), 'PX', '${LATE_SETTLEMENT_MS}')
      elseif stored then
        local slice = cmsgpack.unpack(stored)
        change(counter_of(slice[1], now), slice[2], slice[6], 0, -slice[5])
        slice[5], slice[7], slice[8] = 0, slice[6], 1
        call('SET', base .. name, cmsgpack.pack(slice), 'PX', '${LATE_SETTLEMENT_MS}')
      end
      again = true
    end
  until #names < 100
  -- What was read before it may have been changed.
  if again and KEYS[2] then head[4] = call('GET', KEYS[2]) end
end
`;
