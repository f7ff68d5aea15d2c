import { PRELUDE } from './prelude.ts';

/**
 * What is spent, reserved and sliced.
 *
 * KEYS[1]   generation
 * ARGV[1-5] see the prelude   ARGV[6] 'counters' or 'prefix'
 * ARGV[7..] the counters, or the start of their names
 * returns   { 'balances', counter, spent, reserved, sliced, counter, ... } | { 'reset' } | { 'behind' }
 */
export const BALANCES = `${PRELUDE}
local now = latest()
lapse(now)
local names = {}
if ARGV[6] == 'prefix' then
  for _, name in ipairs(call('ZRANGE', base .. 'counters', 0, -1)) do
    if string.sub(name, 1, #ARGV[7]) == ARGV[7] then names[#names + 1] = name end
  end
else
  for place = 7, #ARGV do names[#names + 1] = ARGV[place] end
end
local reply = { 'balances' }
for _, name in ipairs(names) do
  local counter = counter_of(name, now)
  reply[#reply + 1] = name
  reply[#reply + 1] = text(min(counter.spent, LARGEST))
  reply[#reply + 1] = text(min(counter.reserved, LARGEST))
  reply[#reply + 1] = text(min(counter.sliced, LARGEST))
end
return reply
`;
