import { PRELUDE } from './prelude.ts';

/** What a measure is kept by, at its place in `USAGE_MEASURES`. */
export const MEASURE_CODES = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/**
 * Adds rows to the usage report, once per id. Its keys are those of the first version: they lie beside the base.
 *
 * KEYS[1]   generation
 * KEYS[2]   the batch's tombstone
 * ARGV[1-5] see the prelude   ARGV[6] id of the tombstone   ARGV[7] number of measures
 * ARGV[8..] for each row: start of its hour, its dimensions as JSON, its measures
 * returns   { 'recorded' | 'already' } | { 'reset' } | { 'behind' }
 */
export const RECORD = `${PRELUDE}
local id, measures, beside = ARGV[6], whole(ARGV[7]), string.sub(base, 1, -3)
for place = 8, #ARGV, measures + 2 do
  for measure = 1, measures do whole(ARGV[place + 1 + measure]) end
end
local codes = '${MEASURE_CODES}'
latest()
if head[4] then return { 'already' } end
for place = 8, #ARGV, measures + 2 do
  local hour = text(whole(ARGV[place]))
  call('ZADD', beside .. 'hours', hour, hour)
  for measure = 1, measures do
    local amount = ARGV[place + 1 + measure]
    if amount ~= '0' then call('HINCRBY', beside .. 'u:' .. hour, string.sub(codes, measure, measure) .. ARGV[place + 1], amount) end
  end
end
finish(id, 's')
return { 'recorded' }
`;
