import { LATE_SETTLEMENT_MS } from '../../store.ts';
import { PRELUDE } from './prelude.ts';

/** How long a calendar window's counter outlives the window: clocks of processes differ, settlements come late. */
const GRACE_MS = 3_600_000;

/**
 * Holds every charge or none.
 *
 * KEYS[1]   generation
 * KEYS[2]   the reservation
 * KEYS[3..] each charge's counter
 * ARGV[1]   generation   ARGV[2] time or empty   ARGV[3] id   ARGV[4] lease in milliseconds
 * ARGV[5..] seven for each charge: counter, amount, limit, 1 if enforced else 0, length of a rolling window or empty,
 *           length of its buckets or empty, end of a calendar window or empty
 * returns   { 'granted', place of each charge that is not enforced and went over (from 0)... }
 *           { 'denied', place (from 0), what is left, milliseconds until there is room or empty }
 *           { 'already', state } | { 'reset' }
 */
export const RESERVE = `${PRELUDE}
local id, lease = ARGV[3], whole(ARGV[4])
local charges = {}
for place = 5, #ARGV, 7 do
  charges[#charges + 1] = {
    counter = ARGV[place],
    amount = whole(ARGV[place + 1]),
    limit = whole(ARGV[place + 2]),
    enforced = ARGV[place + 3] == '1',
    length = ARGV[place + 4] ~= '' and whole(ARGV[place + 4]) or nil,
    bucket_ms = ARGV[place + 5] ~= '' and whole(ARGV[place + 5]) or nil,
    ends_at = ARGV[place + 6] ~= '' and whole(ARGV[place + 6]) or nil,
  }
end
local now = latest()
lapse(now)
collect(now)
local known = load(id)
if known then return { 'already', known.state } end

local function room_after(charge, used, buckets)
  if not charge.length then return charge.ends_at and text(math.max(charge.ends_at - now, 0)) or '' end
  if charge.amount > charge.limit then return '' end
  local order = {}
  for bucket in pairs(buckets) do order[#order + 1] = bucket end
  table.sort(order)
  for _, bucket in ipairs(order) do
    used = used - buckets[bucket]
    if used + charge.amount <= charge.limit then
      return text(math.max((bucket + 1) * charge.bucket_ms + charge.length - now, 0))
    end
  end
  return text(charge.length)
end

local exceeded = { 'granted' }
for place, charge in ipairs(charges) do
  local spent, reserved, buckets, counted = sums(charge.counter, now)
  charge.counted = counted
  local used = spent + reserved
  if used + charge.amount > charge.limit then
    if charge.enforced then
      return { 'denied', text(place - 1), text(math.max(charge.limit - used, 0)), room_after(charge, used, buckets) }
    end
    exceeded[#exceeded + 1] = text(place - 1)
  end
end

local held = {}
for place, charge in ipairs(charges) do
  local key = base .. 'c:' .. charge.counter
  local bucket, forget_at = '0', '+inf'
  if charge.length then
    bucket = text(math.floor(now / charge.bucket_ms))
    forget_at = text(now + charge.length + 2 * charge.bucket_ms)
    if not charge.counted then redis.call('HSET', key, 'l', text(charge.length), 'b', text(charge.bucket_ms)) end
  elseif charge.ends_at then
    forget_at = text(charge.ends_at + ${GRACE_MS})
  end
  local reserved = tonumber(redis.call('HGET', key, 'r' .. bucket) or '0')
  redis.call('HSET', key, 'r' .. bucket, text(reserved + charge.amount))
  if charge.length or not charge.counted then redis.call('ZADD', base .. 'counters', forget_at, charge.counter) end
  held[place] = { charge.counter, bucket, text(charge.amount) }
end
save(id, { state = 'open', charges = held }, now + lease + ${LATE_SETTLEMENT_MS})
redis.call('ZADD', base .. 'open', text(now + lease), id)
return exceeded
`;
