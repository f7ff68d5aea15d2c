import { PRELUDE } from './prelude.ts';

/**
 * Adds rows to the usage report, once per id.
 *
 * KEYS[1]   generation
 * KEYS[2]   the batch's tombstone
 * ARGV[1]   generation   ARGV[2] time or empty   ARGV[3] id of the tombstone   ARGV[4] number of measures
 * ARGV[5..] for each row: start of its hour, its dimensions as JSON, its measures
 * returns   { 'recorded' | 'already' } | { 'reset' }
 */
export const RECORD = `${PRELUDE}
local id, measures = ARGV[3], whole(ARGV[4])
for place = 5, #ARGV, measures + 2 do
  for measure = 1, measures do whole(ARGV[place + 1 + measure]) end
end
local now = latest()
if load(id) then return { 'already' } end
for place = 5, #ARGV, measures + 2 do
  local hour = text(whole(ARGV[place]))
  redis.call('ZADD', base .. 'hours', hour, hour)
  for measure = 1, measures do
    local amount = ARGV[place + 1 + measure]
    if amount ~= '0' then redis.call('HINCRBY', base .. 'u:' .. hour, measure - 1 .. ARGV[place + 1], amount) end
  end
end
finish(id, 'settled', now)
return { 'recorded' }
`;
