import { PRELUDE } from './prelude.ts';

/**
 * What is spent and reserved.
 *
 * KEYS[1]   generation
 * ARGV[1]   generation   ARGV[2] time or empty   ARGV[3] 'counters' or 'prefix'
 * ARGV[4..] the counters, or the start of their names
 * returns   { 'balances', counter, spent, reserved, counter, ... } | { 'reset' }
 */
export const BALANCES = `${PRELUDE}
local now = latest()
lapse(now)
local names = {}
if ARGV[3] == 'prefix' then
  for _, name in ipairs(redis.call('ZRANGE', base .. 'counters', 0, -1)) do
    if string.sub(name, 1, #ARGV[4]) == ARGV[4] then names[#names + 1] = name end
  end
else
  for place = 4, #ARGV do names[#names + 1] = ARGV[place] end
end
local reply = { 'balances' }
for _, name in ipairs(names) do
  local spent, reserved = sums(name, now)
  reply[#reply + 1] = name
  reply[#reply + 1] = text(spent)
  reply[#reply + 1] = text(reserved)
end
return reply
`;
