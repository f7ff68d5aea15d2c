import { PRELUDE } from './prelude.ts';

/**
 * Replaces what is held by what was used; after a lapse applies the difference only.
 *
 * KEYS[1]   generation
 * KEYS[2]   the reservation
 * ARGV[1]   generation   ARGV[2] time or empty   ARGV[3] id
 * ARGV[4..] what was used of each charge
 * returns   { 'settled' | 'late', what each charge's counter has spent now... }
 *           { 'already-settled' | 'already-released' | 'unknown' } | { 'reset' }
 */
export const SETTLE = `${PRELUDE}
local id, actual = ARGV[3], {}
for place = 4, #ARGV do actual[#actual + 1] = whole(ARGV[place]) end
local now = latest()
lapse(now)
local reservation = load(id)
if not reservation then return { 'unknown' } end
if reservation.state == 'settled' or reservation.state == 'released' then return { 'already-' .. reservation.state } end
if #actual ~= #reservation.charges then error('TOLLGATE_RANGE as many amounts as charges are needed') end

local late = reservation.state == 'expired'
local reply = { late and 'late' or 'settled' }
for place, charge in ipairs(reservation.charges) do
  local charged = late and reservation.spent and tonumber(reservation.spent[place]) or 0
  change(charge[1], charge[2], late and 0 or tonumber(charge[3]), actual[place] - charged)
  local spent = sums(charge[1], now)
  reply[#reply + 1] = text(spent)
end
finish(id, 'settled', now)
return reply
`;
