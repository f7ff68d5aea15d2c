import { LATE_SETTLEMENT_MS } from '../../store.ts';
import { PRELUDE } from './prelude.ts';

/**
 * Prolongs the lease of an open reservation, and keeps what is known to be spent.
 *
 * KEYS[1]   generation
 * KEYS[2]   the reservation
 * ARGV[1]   generation   ARGV[2] time or empty   ARGV[3] id   ARGV[4] lease in milliseconds
 * ARGV[5..] what is known to be spent of each charge; none: as before
 * returns   { 'extended' | 'already-settled' | 'already-released' | 'expired' | 'unknown' } | { 'reset' }
 */
export const EXTEND = `${PRELUDE}
local id, lease, spent = ARGV[3], whole(ARGV[4]), {}
for place = 5, #ARGV do spent[#spent + 1] = text(whole(ARGV[place])) end
local now = latest()
lapse(now)
local reservation = load(id)
if not reservation then return { 'unknown' } end
if reservation.state == 'expired' then return { 'expired' } end
if reservation.state ~= 'open' then return { 'already-' .. reservation.state } end
if #spent > 0 then
  if #spent ~= #reservation.charges then error('TOLLGATE_RANGE as many amounts as charges are needed') end
  reservation.spent = spent
end
save(id, reservation, now + lease + ${LATE_SETTLEMENT_MS})
redis.call('ZADD', base .. 'open', text(now + lease), id)
return { 'extended' }
`;
