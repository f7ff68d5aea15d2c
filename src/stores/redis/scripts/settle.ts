import { PRELUDE } from './prelude.ts';

/**
 * Replaces what is held by what was used; after a lapse applies the difference only.
 *
 * KEYS[1]   generation
 * KEYS[2]   the reservation
 * ARGV[1-5] see the prelude   ARGV[6] id
 * ARGV[7..] what was used of each charge of the reservation, those of other homes too
 * returns   { 'settled' | 'late', place and what its counter has spent now, of each charge of this home... }
 *           { 'already-settled' | 'already-released' | 'unknown' } | { 'reset' } | { 'behind' }
 */
export const SETTLE = `${PRELUDE}
local id, actual = ARGV[6], {}
for place = 7, #ARGV do actual[#actual + 1] = whole(ARGV[place]) end
local now = latest()
lapse(now)
local state = state_of(head[4])
if not state then return { 'unknown' } end
if state == 'settled' or state == 'released' then return { 'already-' .. state } end
local fields = fields_of(head[4])
if #actual ~= fields[1] then error('TOLLGATE_RANGE as many amounts as charges are needed') end

local late = state == 'expired'
local reply = { late and 'late' or 'settled' }
for place = 2, #fields, 5 do
  local counter = counter_of(fields[place + 1], now)
  local charged = late and fields[place + 4] or 0
  change(counter, fields[place + 2], actual[fields[place] + 1] - charged, late and 0 or -fields[place + 3], 0)
  reply[#reply + 1] = text(fields[place])
  reply[#reply + 1] = text(counter.spent)
end
finish(id, 's')
sign()
return reply
`;
