/**
 * Reads the generation of a home, or begins one if there is none.
 *
 * KEYS[1]  generation
 * ARGV[1]  the generation to begin
 * returns  { the generation, maxmemory_policy and maxmemory as INFO tells them, or empty }
 */
export const OPEN = `
local generation = redis.call('GET', KEYS[1])
if not generation then
  generation = ARGV[1]
  redis.call('SET', KEYS[1], generation)
end
local known, info = pcall(redis.call, 'INFO', 'memory')
return { generation, known and type(info) == 'string' and info or '' }
`;
