import { PRELUDE } from './prelude.ts';

/**
 * Keeps a text until a time. The time stands before it, because a ledger's clock may be ahead of the server's expiry.
 *
 * KEYS[1]  generation
 * KEYS[2]  the note
 * ARGV[1-5] see the prelude   ARGV[6] milliseconds to keep it   ARGV[7] the text
 * returns  { 'kept' } | { 'reset' } | { 'behind' }
 */
export const KEEP_NOTE = `${PRELUDE}
local keep = whole(ARGV[6])
if keep == 0 then
  call('DEL', KEYS[2])
  return { 'kept' }
end
call('SET', KEYS[2], text(latest() + keep) .. ' ' .. ARGV[7], 'PX', text(keep))
return { 'kept' }
`;

/**
 * Reads a text.
 *
 * KEYS[1]  generation
 * KEYS[2]  the note
 * ARGV[1-5] see the prelude
 * returns  { 'note', the text } | { 'none' } | { 'reset' } | { 'behind' }
 */
export const READ_NOTE = `${PRELUDE}
local stored = head[4]
if not stored then return { 'none' } end
local space = string.find(stored, ' ', 1, true)
if tonumber(string.sub(stored, 1, space - 1)) <= latest() then return { 'none' } end
return { 'note', string.sub(stored, space + 1) }
`;
