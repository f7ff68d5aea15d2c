import { PRELUDE } from './prelude.ts';

/**
 * Frees what is held. An unknown id leaves a tombstone that voids a reserve that comes later.
 *
 * KEYS[1]  generation
 * KEYS[2]  the reservation
 * ARGV[1]  generation   ARGV[2] time or empty   ARGV[3] id
 * returns  { 'released' | 'voided' | 'already-settled' | 'already-released' | 'expired' } | { 'reset' }
 */
export const RELEASE = `${PRELUDE}
local id, now = ARGV[3], latest()
lapse(now)
local reservation = load(id)
if reservation and reservation.state == 'expired' then return { 'expired' } end
if reservation and reservation.state ~= 'open' then return { 'already-' .. reservation.state } end
if reservation then
  for _, charge in ipairs(reservation.charges) do change(charge[1], charge[2], tonumber(charge[3]), 0) end
end
finish(id, 'released', now)
return { reservation and 'released' or 'voided' }
`;
