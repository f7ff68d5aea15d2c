import { PRELUDE } from './prelude.ts';

/**
 * The usage report of a range of hours.
 *
 * KEYS[1]   generation
 * ARGV[1-5] see the prelude   ARGV[6] first hour   ARGV[7] end, exclusive; '+inf': none
 * returns   { 'usage', hour, { character of the measure and dimensions as JSON, sum, ... }, hour, ... } | { 'reset' } | { 'behind' }
 */
export const USAGE = `${PRELUDE}
local beside = string.sub(base, 1, -3)
local until_hour = ARGV[7] == '+inf' and '+inf' or '(' .. ARGV[7]
local reply = { 'usage' }
for _, hour in ipairs(call('ZRANGEBYSCORE', beside .. 'hours', ARGV[6], until_hour)) do
  reply[#reply + 1] = hour
  reply[#reply + 1] = call('HGETALL', beside .. 'u:' .. hour)
end
return reply
`;
