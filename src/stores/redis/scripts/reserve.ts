import { PRELUDE } from './prelude.ts';

/**
 * Holds every charge of this home or none.
 *
 * KEYS[1]   generation
 * KEYS[2]   the reservation
 * ARGV[1-5] see the prelude   ARGV[6] id   ARGV[7] lease in milliseconds   ARGV[8] number of charges in all homes
 * ARGV[9..] eight for each charge of this home: its place in the whole (from 0), counter, amount, limit, 1 if enforced
 *           else 0, length of a rolling window or empty, length of its buckets or empty, end of a calendar window or empty
 * returns   { 'granted', place of each charge that is not enforced and went over... }
 *           { 'denied', place, what is left, milliseconds until there is room or empty }
 *           { 'already', state } | { 'reset' } | { 'behind' }
 */
export const RESERVE = `${PRELUDE}
local id, lease = ARGV[6], whole(ARGV[7])
local charges = {}
for place = 9, #ARGV, 8 do
  charges[#charges + 1] = {
    place = ARGV[place],
    name = ARGV[place + 1],
    amount = whole(ARGV[place + 2]),
    limit = whole(ARGV[place + 3]),
    enforced = ARGV[place + 4] == '1',
    length = ARGV[place + 5] ~= '' and whole(ARGV[place + 5]) or nil,
    bucket_ms = ARGV[place + 6] ~= '' and whole(ARGV[place + 6]) or nil,
    ends_at = ARGV[place + 7] ~= '' and whole(ARGV[place + 7]) or nil,
  }
end
local now = latest()
lapse(now)
if head[4] then return { 'already', state_of(head[4]) } end

local function room_after(charge, counter, used)
  if not charge.length then return charge.ends_at and text(max(charge.ends_at - now, 0)) or '' end
  if charge.amount > charge.limit then return '' end
  for bucket = counter.oldest, floor(now / charge.bucket_ms) do
    local number = text(bucket)
    for _, amount in ipairs(call('HMGET', counter.key, 's' .. number, 'r' .. number, 'x' .. number)) do
      used = used - tonumber(amount or '0')
    end
    if used + charge.amount <= charge.limit then
      return text(max((bucket + 1) * charge.bucket_ms + charge.length - now, 0))
    end
  end
  return text(charge.length)
end

local reply, counters = { 'granted' }, {}
for place, charge in ipairs(charges) do
  local counter = counter_of(charge.name, now)
  counters[place] = counter
  local used = counter.spent + counter.reserved + counter.sliced
  if used + charge.amount > charge.limit then
    if charge.enforced then
      return { 'denied', charge.place, text(max(charge.limit - used, 0)), room_after(charge, counter, used) }
    end
    reply[#reply + 1] = charge.place
  end
end

local fields = { tonumber(ARGV[8]) }
for place, charge in ipairs(charges) do
  local bucket = begin(counters[place], charge.length, charge.bucket_ms, charge.ends_at, now)
  change(counters[place], bucket, 0, charge.amount, 0)
  local last = #fields
  fields[last + 1], fields[last + 2], fields[last + 3] = tonumber(charge.place), charge.name, bucket
  fields[last + 4], fields[last + 5] = charge.amount, 0
end
call('SET', KEYS[2], 'o' .. cmsgpack.pack(fields))
call('ZADD', base .. 'open', text(now + lease), 'r:' .. id)
sign()
return reply
`;
