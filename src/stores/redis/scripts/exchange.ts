import { LATE_SETTLEMENT_MS, RECALL_MS } from '../../store.ts';
import { PRELUDE } from './prelude.ts';

/**
 * Charges what was used of slices, and lends anew, each report by itself. A slice is kept as: counter, bucket, sequence,
 * spent, held, at risk, what its lapse has charged, 1 if it has lapsed. Whoever wants room back stands on the counter:
 * w (how much), h (holder), u (until when).
 *
 * INCREX (Redis 8.8, Valkey 9.2) adds within a bound in one command, but has no number of a report: one whose answer was
 * lost could not be sent again, and what a slice holds would stand elsewhere than the sum.
 *
 * KEYS[1]   generation
 * ARGV[1-5] see the prelude   ARGV[6] holder   ARGV[7] lease in milliseconds
 * ARGV[8..] thirteen for each report: counter, limit, 1 if enforced else 0, length of a rolling window or empty, of its
 *           buckets or empty, end of a calendar window or empty, slice, sequence, spent, in use, wanted, at risk, recalled
 * returns   { 'exchanged', held, spent, reserved, sliced, 1 if recalled else 0, 'held' | 'lapsed', milliseconds until its bucket
 *             of a rolling window is over or empty, held, ... }
 *           { 'reset' } | { 'behind' }
 */
export const EXCHANGE = `${PRELUDE}
local holder, lease = ARGV[6], whole(ARGV[7])
local now = latest()
lapse(now)

-- What another holder wants back.
local function recall_of(counter)
  if not counter.wanted or counter.wanted_by == holder or tonumber(counter.wanted_until) <= now then return nil end
  return tonumber(counter.wanted)
end

local function report_of(place)
  local function optional(value) return value ~= '' and tonumber(value) or nil end
  return {
    counter = ARGV[place], limit = tonumber(ARGV[place + 1]), enforced = ARGV[place + 2] == '1',
    length = optional(ARGV[place + 3]), bucket_ms = optional(ARGV[place + 4]), ends_at = optional(ARGV[place + 5]),
    name = 'x:' .. ARGV[place + 6], sequence = tonumber(ARGV[place + 7]), spent = tonumber(ARGV[place + 8]),
    in_use = tonumber(ARGV[place + 9]), wants = tonumber(ARGV[place + 10]), at_risk = tonumber(ARGV[place + 11]),
    recall = tonumber(ARGV[place + 12]),
  }
end

-- What the slice may hold from now on, once what was used is charged; what others want back is given to no one.
local function grant(report, counter, before, used, lends)
  local most = lends and report.wants or 0
  local recall = recall_of(counter)
  if recall then most = min(most, before) end
  if report.enforced then
    local taken = max(counter.spent + used, 0) + counter.reserved + counter.sliced - before
    most = min(most, max(report.limit - taken, 0))
  end
  local held = max(report.in_use, most)
  if recall and before > held then
    local left = recall - (before - held)
    counter.wanted = left > 0 and text(left) or false
    if left > 0 then call('HSET', counter.key, 'w', counter.wanted) else call('HDEL', counter.key, 'w', 'h', 'u') end
  end
  if report.recall > 0 then
    counter.wanted, counter.wanted_by, counter.wanted_until = text(report.recall), holder, text(now + ${RECALL_MS})
    call('HSET', counter.key, 'w', counter.wanted, 'h', holder, 'u', counter.wanted_until)
  end
  return held
end

local reply = { 'exchanged' }
for place = 8, #ARGV, 13 do
  local report = report_of(place)
  local counter = counter_of(report.counter, now)
  local bucket = begin(counter, report.length, report.bucket_ms, report.ends_at, now)
  local key = base .. report.name
  local stored = call('GET', key)
  local slice = stored and cmsgpack.unpack(stored) or { report.counter, bucket, 0, 0, 0, 0, 0, 0 }
  local lapsed = slice[8] == 1
  local ends_in = counter.bucket_ms > 0 and max((slice[2] + 1) * counter.bucket_ms - now, 0)
  if report.sequence > slice[3] then
    -- Of a bucket that has left the window nothing counts any more, and of one that is over nothing is lent.
    local counts = counter.bucket_ms == 0 or slice[2] >= counter.oldest
    local before = counts and slice[5] or 0
    local used = counts and report.spent - slice[4] - slice[7] or 0
    local held = grant(report, counter, before, used, ends_in ~= 0)
    change(counter, slice[2], used, 0, held - before)
    slice[3], slice[4], slice[5], slice[6] = report.sequence, report.spent, held, min(report.at_risk, held)
    slice[7], slice[8] = 0, 0
    if held > 0 then
      call('SET', key, cmsgpack.pack(slice))
      call('ZADD', base .. 'open', text(now + lease), report.name)
    else
      call('SET', key, cmsgpack.pack(slice), 'PX', '${LATE_SETTLEMENT_MS}')
      call('ZREM', base .. 'open', report.name)
    end
  end
  reply[#reply + 1] = text(slice[5])
  reply[#reply + 1] = text(counter.spent)
  reply[#reply + 1] = text(counter.reserved)
  reply[#reply + 1] = text(counter.sliced)
  reply[#reply + 1] = recall_of(counter) and '1' or '0'
  reply[#reply + 1] = lapsed and 'lapsed' or 'held'
  reply[#reply + 1] = ends_in and text(ends_in) or ''
end
sign()
return reply
`;
