import { PRELUDE } from './prelude.ts';

/**
 * Frees what is held. An unknown id leaves a tombstone that voids a reserve that comes later.
 *
 * KEYS[1]   generation
 * KEYS[2]   the reservation
 * ARGV[1-5] see the prelude   ARGV[6] id   ARGV[7] 'forget': an open one leaves no tombstone
 * returns   { 'released' | 'voided' | 'already-settled' | 'already-released' | 'expired' } | { 'reset' } | { 'behind' }
 */
export const RELEASE = `${PRELUDE}
local id, now = ARGV[6], latest()
lapse(now)
local state = state_of(head[4])
if state == 'expired' then return { 'expired' } end
if state and state ~= 'open' then return { 'already-' .. state } end
if state then
  local fields = fields_of(head[4])
  for place = 2, #fields, 5 do change(counter_of(fields[place + 1], now), fields[place + 2], 0, -fields[place + 3], 0) end
end
finish(id, 'l')
if ARGV[7] == 'forget' then call('DEL', KEYS[2]) end
return { state and 'released' or 'voided' }
`;
