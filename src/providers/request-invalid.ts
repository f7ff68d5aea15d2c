/** A request that a wire cannot express, found before anything is sent. Becomes a failure of kind `request-invalid`. */
export class RequestInvalid extends Error {
  override readonly name = 'RequestInvalid';
  /** Path in the caller's params, such as `messages[2].tool_call_id`. */
  readonly path: string;

  constructor(path: string, expected: string) {
    super(`${path}: ${expected}`);
    this.path = path;
  }
}
