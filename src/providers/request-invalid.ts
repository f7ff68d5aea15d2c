/** A request that a wire cannot express, found before anything is sent. Becomes a failure of kind `request-invalid`. */
export class RequestInvalid extends Error {
  override readonly name = 'RequestInvalid';
  /** Path in the caller's params, such as `messages[2].tool_call_id`. */
  readonly path: string;
  /** What should stand at the path. */
  readonly expected: string;

  constructor(path: string, expected: string, cause?: unknown) {
    super(`${path}: expected ${expected}`, cause === undefined ? undefined : { cause });
    this.path = path;
    this.expected = expected;
  }
}

/**
 * What a translation threw before anything was sent, as the fault of the request that it is: no provider has seen it. A
 * throw that names no path stands for the whole body.
 */
export function asRequestInvalid(error: unknown): RequestInvalid {
  return error instanceof RequestInvalid ? error : new RequestInvalid('body', 'params that this provider can read', error);
}

/**
 * A wire's judgement of what it can't honour, which names nothing of a malformed request: `send` tells what is wrong with
 * that, and no other candidate could mend it.
 */
export function unlessMalformed<Request>(
  judge: (request: Request) => readonly string[],
): (request: Request) => readonly string[] {
  return (request) => {
    try {
      return judge(request);
    } catch {
      return NOTHING;
    }
  };
}

const NOTHING: readonly string[] = [];
