/** What takes in the body of an answer as it arrives. */
export interface BodyReader {
  data(chunk: Buffer): void;
  end(): void;
  /** The body came to no regular end; nothing follows. */
  fail(error: unknown): void;
}

/** The answer as seen by the reader of its body. */
export interface BodyControl {
  /** The reader has enough for now; what is on its way still comes. */
  pause(): void;
  /** Brings what is already there before it returns. */
  resume(): void;
  /** The reader waits for bytes: silence counts. */
  startWaiting(): void;
  /** The reader does not wait: silence does not count. */
  stopWaiting(): void;
  /** Closes the socket unless the body has ended. */
  close(): void;
}
