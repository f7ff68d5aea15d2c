/** The calls that a client is measured by. Each looks at the whole text and the usage, and throws if one is missing. */
export interface Calls {
  /** One whole answer. */
  chat(): Promise<void>;
  /** One stream, read to its end. */
  stream(): Promise<void>;
}

/** Throws if an answer lacks its text or its count of tokens. */
export function expectAnswer(characters: number | undefined, outputTokens: number | null | undefined): void {
  if (!characters) throw new Error('the answer has no text');
  if (!outputTokens) throw new Error('the answer has no usage');
}

/** Throws if a stream has not so many deltas of text, or no usage. */
export function expectStream(deltas: number, expectedDeltas: number, outputTokens: number | null | undefined): void {
  if (deltas !== expectedDeltas) throw new Error(`the stream had ${deltas} deltas`);
  if (!outputTokens) throw new Error('the stream has no usage');
}

/** Makes `count` calls, so many at a time. */
export async function callMany(call: () => Promise<void>, count: number, concurrency: number): Promise<void> {
  let left = count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await call();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

/** Begins `count` calls, so many a second, whether or not those before have ended; a process that is late catches up. */
export async function callAtRate(call: () => Promise<void>, count: number, perSecond: number): Promise<void> {
  const startedMs = performance.now();
  const begun: Promise<void>[] = [];
  while (begun.length < count) {
    const due = Math.min(Math.floor(((performance.now() - startedMs) * perSecond) / 1_000) + 1, count);
    while (begun.length < due) begun.push(call());
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await Promise.all(begun);
}
