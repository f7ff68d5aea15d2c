/** What the codes of the operating system and of Node's resolver mean, for who has no table of them at hand. */
const REASONS: ReadonlyMap<unknown, string> = new Map([
  ['ENOENT', 'there is no such file or directory'],
  ['ENOTDIR', 'a part of the path is a file and no directory'],
  ['EISDIR', 'it is a directory'],
  ['EEXIST', 'there is something of that name already'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EROFS', 'the file system is read-only'],
  ['ENOSPC', 'the disk is full'],
  ['ELOOP', 'its links go in a circle'],
  ['EMFILE', 'too many files are open'],
  ['ECONNREFUSED', 'nothing answers there'],
  ['ECONNRESET', 'the connection was closed'],
  ['ETIMEDOUT', 'it did not answer in time'],
  ['ENOTFOUND', 'the host has no address'],
  ['EAI_AGAIN', 'the host could not be looked up'],
]);

/** Why the system refused, in words; its code if there are none, and the message if there is no code. */
export function systemReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code: unknown = Reflect.get(error, 'code');
  return REASONS.get(code) ?? (typeof code === 'string' ? code : error.message || error.name);
}
