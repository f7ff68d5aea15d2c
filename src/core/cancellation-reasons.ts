/** Why the gateway itself ended something; told apart from a caller's abort by class. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
  readonly code = 'deadline_exceeded';

  constructor(totalMs: number) {
    super(`the call did not end within ${totalMs} ms`);
  }
}

/** No content of a stream came in time. */
export class StreamTimeout extends Error {
  override readonly name = 'StreamTimeout';
  readonly code: 'first_token_timeout' | 'content_idle_timeout' | 'stream_unread';

  constructor(code: StreamTimeout['code'], limitMs: number) {
    super(`${MESSAGES[code]} within ${limitMs} ms`);
    this.code = code;
  }
}

const MESSAGES = {
  first_token_timeout: 'no content came',
  content_idle_timeout: 'no further content came',
  stream_unread: 'nobody read the stream',
} as const;
