/** A command cannot do its work: wrong arguments, or a configuration that is missing or invalid. The process ends with 2. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
