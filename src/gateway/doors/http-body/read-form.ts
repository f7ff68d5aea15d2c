import { isUtf8 } from 'node:buffer';
import { boundedText } from '../../../core/bounded-text.ts';
import { setFieldType } from '../../../core/field-types.ts';
import { nextTurn } from '../../../core/next-turn.ts';
import { InvalidParamsError } from '../../../errors/invalid-params-error.ts';
import { httpError } from '../http-error.ts';
import type { BodyReader } from './body-reader.ts';
import { GatheredBytes } from './gathered-bytes.ts';
import { MultipartParser, type PartHead, type PartTaker } from './multipart-parser.ts';
import type { ReceivedBody } from './received-body.ts';
import { Spool } from './spool.ts';

/** Others have their turn after a field of so many bytes, and after so many of all parts: they may be heads all over. */
const TURN_BYTES = 64 * 1024;
const CHUNKS_BYTES = 256 * 1024;

/** A multipart form: its fields in memory, up to `maxFieldBytes` together; its files where `Spool` keeps them. */
export async function readForm(reader: BodyReader, contentType: string, maxFieldBytes: number): Promise<ReceivedBody> {
  const parts = new FormParts(maxFieldBytes);
  try {
    const parser = new MultipartParser(contentType, parts);
    let sinceTurn = 0;
    for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
      await parser.push(chunk);
      sinceTurn += chunk.byteLength;
      if (sinceTurn < CHUNKS_BYTES) continue;
      sinceTurn = 0;
      await nextTurn();
    }
    parser.finish();
    return { value: parts.form, discard: () => parts.discard() };
  } catch (error) {
    await parts.discard();
    throw error;
  }
}

class FormParts implements PartTaker {
  readonly form = new FormData();
  readonly #maxFieldBytes: number;
  readonly #spools: Spool[] = [];
  readonly #together = { bytes: 0 };
  #fieldBytes = 0;
  #head: PartHead | undefined;
  #spool: Spool | undefined;
  readonly #field: GatheredBytes;

  constructor(maxFieldBytes: number) {
    this.#maxFieldBytes = maxFieldBytes;
    this.#field = new GatheredBytes(maxFieldBytes);
  }

  begin(head: PartHead): void {
    this.#head = head;
    this.#field.clear();
    this.#spool = undefined;
    if (head.filename === undefined) return;
    this.#spool = new Spool(this.#together);
    this.#spools.push(this.#spool);
  }

  content(bytes: Uint8Array): void | Promise<void> {
    if (this.#spool !== undefined) return this.#spool.write(bytes);
    this.#fieldBytes += bytes.byteLength;
    if (this.#fieldBytes > this.#maxFieldBytes) {
      throw httpError(413, `expected fields of at most ${this.#maxFieldBytes} bytes together`, 'request_too_large');
    }
    this.#field.add(bytes);
  }

  async end(): Promise<void> {
    const { name, filename, type } = this.#head ?? { name: '', filename: undefined, type: '' };
    if (this.#spool === undefined) {
      const { byteLength, bytes } = this.#field;
      if (!isUtf8(bytes)) throw new InvalidParamsError(boundedText(name), 'expected text in UTF-8');
      this.form.append(name, bytes.toString('utf8'));
      setFieldType(this.form, name, type);
      this.#field.clear();
      if (byteLength > TURN_BYTES) await nextTurn();
      return;
    }
    this.form.append(name, new File([await this.#spool.blob()], filename ?? 'blob', { type }));
  }

  async discard(): Promise<void> {
    for (const spool of this.#spools.splice(0)) await spool.discard();
  }
}
