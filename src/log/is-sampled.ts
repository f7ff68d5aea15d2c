// FNV-1a, 32 bits (https://www.rfc-editor.org/rfc/rfc9923): the same id is in every log or in none.
const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

/** Whether a request id is among the share of all ids that is kept. */
export function isSampled(requestId: string, share: number): boolean {
  if (share >= 1) return true;
  let hash = OFFSET;
  for (let at = 0; at < requestId.length; at += 1) hash = Math.imul(hash ^ requestId.charCodeAt(at), PRIME);
  // Ids of one process differ in their last signs, which have moved only the low bits.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32 < share;
}
