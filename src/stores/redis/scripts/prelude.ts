import { LATE_SETTLEMENT_MS, TOMBSTONE_MS } from '../../store.ts';

/**
 * What every script begins with.
 *
 * KEYS[1]  generation key; the other keys' base is cut from it
 * ARGV[1]  the generation this process knows
 * ARGV[2]  the time in milliseconds, or empty: Redis's own TIME
 * returns  { 'reset' } where the generation is another one; nothing was changed then
 *
 * Amounts are whole numbers up to 2^53 - 1, which a Lua number holds exactly; they are written with %.0f, because
 * tostring turns to exponents at 1e14. Reservations that lapse while a script runs are changed too: their keys cannot
 * be named beforehand, but share the hash tag.
 */
export const PRELUDE = `
local base = string.sub(KEYS[1], 1, -11)
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return { 'reset' } end

local LARGEST = 9007199254740991

local function text(number)
  return string.format('%.0f', number)
end

local function whole(value)
  local number = tonumber(value)
  if not number or number ~= number or number < 0 or number > LARGEST or number ~= math.floor(number) then
    error('TOLLGATE_RANGE not a non-negative safe integer')
  end
  return number
end

local function latest()
  local now
  if ARGV[2] == '' then
    local time = redis.call('TIME')
    now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  else
    now = whole(ARGV[2])
  end
  local seen = tonumber(redis.call('GET', base .. 'now') or '0')
  if seen > now then return seen end
  if ARGV[2] ~= '' or now - seen >= 1000 then redis.call('SET', base .. 'now', text(now)) end
  return now
end

local function load(id)
  local stored = redis.call('GET', base .. 'r:' .. id)
  return stored and cjson.decode(stored)
end

local function save(id, reservation, forget_at)
  redis.call('SET', base .. 'r:' .. id, cjson.encode(reservation))
  redis.call('ZADD', base .. 'forget', text(forget_at), id)
end

-- Ends a reservation: it keeps nothing but its state.
local function finish(id, state, now)
  redis.call('ZREM', base .. 'open', id)
  save(id, { state = state }, now + ${TOMBSTONE_MS})
end

-- Frees what was held of a counter and adds what was used; a counter that is forgotten stays so.
local function change(counter, bucket, freed, used)
  local key = base .. 'c:' .. counter
  if redis.call('EXISTS', key) == 0 then return end
  local held = redis.call('HMGET', key, 's' .. bucket, 'r' .. bucket)
  local spent = math.min(math.max(tonumber(held[1] or '0') + used, 0), LARGEST)
  local reserved = math.max(tonumber(held[2] or '0') - freed, 0)
  redis.call('HSET', key, 's' .. bucket, text(spent), 'r' .. bucket, text(reserved))
end

-- Spent and reserved of a counter, what each bucket of a rolling window holds, and whether the counter is known;
-- drops buckets that have left the window.
local function sums(counter, now)
  local key = base .. 'c:' .. counter
  local flat = redis.call('HGETALL', key)
  local length, bucket_ms = 0, 0
  for place = 1, #flat, 2 do
    if flat[place] == 'l' then length = tonumber(flat[place + 1]) end
    if flat[place] == 'b' then bucket_ms = tonumber(flat[place + 1]) end
  end
  local oldest = bucket_ms > 0 and math.floor((now - length) / bucket_ms) or 0
  local spent, reserved, buckets, stale = 0, 0, {}, {}
  for place = 1, #flat, 2 do
    local kind, bucket = string.sub(flat[place], 1, 1), tonumber(string.sub(flat[place], 2))
    if kind == 's' or kind == 'r' then
      local amount = tonumber(flat[place + 1])
      if bucket < oldest then
        stale[#stale + 1] = flat[place]
      elseif kind == 's' then
        spent = spent + amount
        buckets[bucket] = (buckets[bucket] or 0) + amount
      else
        reserved = reserved + amount
        buckets[bucket] = (buckets[bucket] or 0) + amount
      end
    end
  end
  if #stale > 0 then redis.call('HDEL', key, unpack(stale)) end
  return math.min(spent, LARGEST), math.min(reserved, LARGEST), buckets, #flat > 0
end

-- Ends every lease that is over: charges what is known to be spent, frees the rest.
local function lapse(now)
  while true do
    local ids = redis.call('ZRANGEBYSCORE', base .. 'open', '-inf', text(now), 'LIMIT', 0, 100)
    if #ids == 0 then return end
    for _, id in ipairs(ids) do
      redis.call('ZREM', base .. 'open', id)
      local reservation = load(id)
      if reservation then
        for place, charge in ipairs(reservation.charges) do
          local spent = reservation.spent and reservation.spent[place] or '0'
          change(charge[1], charge[2], tonumber(charge[3]), tonumber(spent))
        end
        reservation.state = 'expired'
        save(id, reservation, now + ${LATE_SETTLEMENT_MS})
      end
    end
  end
end

-- Forgets some of what may be forgotten.
local function collect(now)
  for kind, index in pairs({ ['r:'] = 'forget', ['c:'] = 'counters' }) do
    local names = redis.call('ZRANGEBYSCORE', base .. index, '-inf', text(now), 'LIMIT', 0, 20)
    for _, name in ipairs(names) do
      redis.call('DEL', base .. kind .. name)
      redis.call('ZREM', base .. index, name)
    end
  end
end
`;
