import { PRELUDE } from './prelude.ts';

/**
 * Prolongs the lease of an open reservation, and keeps what is known to be spent.
 *
 * KEYS[1]   generation
 * KEYS[2]   the reservation
 * ARGV[1-5] see the prelude   ARGV[6] id   ARGV[7] lease in milliseconds
 * ARGV[8..] what is known to be spent of each charge, those of other homes too; none: as before
 * returns   { 'extended' | 'already-settled' | 'already-released' | 'expired' | 'unknown' } | { 'reset' } | { 'behind' }
 */
export const EXTEND = `${PRELUDE}
local id, lease, spent = ARGV[6], whole(ARGV[7]), {}
for place = 8, #ARGV do spent[#spent + 1] = whole(ARGV[place]) end
local now = latest()
lapse(now)
local state = state_of(head[4])
if not state then return { 'unknown' } end
if state == 'expired' then return { 'expired' } end
if state ~= 'open' then return { 'already-' .. state } end
if #spent > 0 then
  local fields = fields_of(head[4])
  if #spent ~= fields[1] then error('TOLLGATE_RANGE as many amounts as charges are needed') end
  for place = 2, #fields, 5 do fields[place + 4] = spent[fields[place] + 1] end
  call('SET', KEYS[2], 'o' .. cmsgpack.pack(fields))
end
call('ZADD', base .. 'open', text(now + lease), 'r:' .. id)
return { 'extended' }
`;
