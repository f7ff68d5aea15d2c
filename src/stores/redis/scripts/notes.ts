import { PRELUDE } from './prelude.ts';

/**
 * Keeps a text until a time. The time stands before it, because a ledger's clock may be ahead of the server's expiry.
 *
 * KEYS[1]  generation
 * KEYS[2]  the note
 * ARGV[1]  generation   ARGV[2] time or empty   ARGV[3] milliseconds to keep it   ARGV[4] the text
 * returns  { 'kept' } | { 'reset' }
 */
export const KEEP_NOTE = `${PRELUDE}
local keep = whole(ARGV[3])
if keep == 0 then
  redis.call('DEL', KEYS[2])
  return { 'kept' }
end
redis.call('SET', KEYS[2], text(latest() + keep) .. ' ' .. ARGV[4], 'PX', text(keep))
return { 'kept' }
`;

/**
 * Reads a text.
 *
 * KEYS[1]  generation
 * KEYS[2]  the note
 * ARGV[1]  generation   ARGV[2] time or empty
 * returns  { 'note', the text } | { 'none' } | { 'reset' }
 */
export const READ_NOTE = `${PRELUDE}
local stored = redis.call('GET', KEYS[2])
if not stored then return { 'none' } end
local space = string.find(stored, ' ', 1, true)
if tonumber(string.sub(stored, 1, space - 1)) <= latest() then return { 'none' } end
return { 'note', string.sub(stored, space + 1) }
`;
