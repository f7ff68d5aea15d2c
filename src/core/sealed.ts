/** How a reasoning item's `encrypted_content` begins that was made here: a list of objects, `[{"`, in base64. */
const SEAL_START = 'W3si';

/** Whether an `encrypted_content` was made by this gateway; what a vendor encrypts is no JSON. */
export function isSealedHere(sealed: unknown): sealed is string {
  return typeof sealed === 'string' && sealed.startsWith(SEAL_START);
}
