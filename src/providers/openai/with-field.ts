const BOUNDARY = /boundary=(?:"([^"]+)"|([^\s;]+))/i;
// Longer than the head of any field.
const LONGEST_HEAD = 4_096;

/**
 * A multipart body with another value in one of its text fields, read and written as it comes: what is held back is the
 * head and the value of a part, never a file. As it is if its type names no boundary.
 */
export function withField(
  body: ReadableStream<Uint8Array>,
  contentType: string | undefined,
  name: string,
  value: string,
): ReadableStream<Uint8Array> {
  const [, quoted, plain] = BOUNDARY.exec(contentType ?? '') ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) return body;
  const rewriter = new FieldRewriter(`\r\n--${boundary}`, name, value);
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  // Nothing is read before it is asked for.
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        reader ??= body.getReader();
        let isWritten = false;
        const write = (bytes: Uint8Array) => {
          isWritten = true;
          controller.enqueue(bytes);
        };
        while (!isWritten) {
          const { done, value: chunk } = await reader.read();
          if (!done) {
            rewriter.take(chunk, write);
            continue;
          }
          rewriter.end(write);
          return controller.close();
        }
      },
      cancel: (reason) => (reader ?? body).cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

type Write = (bytes: Uint8Array) => void;

class FieldRewriter {
  readonly #delimiter: Buffer;
  readonly #field: RegExp;
  readonly #value: Buffer;
  /** Before the head of a part, whose first is preceded by no line end; in a part; in the part whose value is replaced. */
  #place: 'head' | 'part' | 'field' = 'head';
  #held: Buffer = Buffer.from('\r\n');
  #isFirst = true;

  constructor(delimiter: string, name: string, value: string) {
    this.#delimiter = Buffer.from(delimiter);
    this.#field = new RegExp(`^content-disposition:[^\\r\\n]*;\\s*name="${name}"(?:;|\\s*$)(?![^\\r\\n]*filename)`, 'im');
    this.#value = Buffer.from(value);
  }

  take(chunk: Uint8Array, write: Write): void {
    this.#held = Buffer.concat([this.#held, chunk]);
    while (this.#step(write));
  }

  end(write: Write): void {
    this.#write(this.#held, write);
    this.#held = Buffer.alloc(0);
  }

  /** True if there may be more to do with what is held. */
  #step(write: Write): boolean {
    if (this.#place === 'head') return this.#readHead(write);
    const at = this.#held.indexOf(this.#delimiter);
    const isField = this.#place === 'field';
    if (at < 0) {
      // The delimiter may have begun.
      const most = Math.max(0, this.#held.length - this.#delimiter.length);
      if (!isField) this.#write(this.#held.subarray(0, most), write);
      this.#held = this.#held.subarray(most);
      return false;
    }
    this.#write(isField ? this.#value : this.#held.subarray(0, at), write);
    this.#held = this.#held.subarray(at);
    this.#place = 'head';
    return true;
  }

  #readHead(write: Write): boolean {
    const end = this.#held.indexOf('\r\n\r\n', 2);
    if (end < 0 && this.#held.length < LONGEST_HEAD) return false;
    const length = end < 0 ? this.#held.length : end + 4;
    const head = this.#held.subarray(0, length);
    this.#place = this.#field.test(head.toString('latin1')) ? 'field' : 'part';
    this.#write(head, write);
    this.#held = this.#held.subarray(length);
    return true;
  }

  /** Without the line end that was put before the first delimiter. */
  #write(bytes: Buffer, write: Write): void {
    const own = this.#isFirst ? bytes.subarray(2) : bytes;
    if (bytes.length > 0) this.#isFirst = false;
    if (own.length > 0) write(own);
  }
}
