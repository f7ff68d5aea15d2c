import { PRELUDE } from './prelude.ts';

/**
 * The usage report of a range of hours.
 *
 * KEYS[1]  generation
 * ARGV[1]  generation   ARGV[2] time or empty   ARGV[3] first hour   ARGV[4] end, exclusive; '+inf': none
 * returns  { 'usage', hour, { number of the measure and dimensions as JSON, sum, ... }, hour, ... } | { 'reset' }
 */
export const USAGE = `${PRELUDE}
local until_hour = ARGV[4] == '+inf' and '+inf' or '(' .. ARGV[4]
local reply = { 'usage' }
for _, hour in ipairs(redis.call('ZRANGEBYSCORE', base .. 'hours', ARGV[3], until_hour)) do
  reply[#reply + 1] = hour
  reply[#reply + 1] = redis.call('HGETALL', base .. 'u:' .. hour)
end
return reply
`;
