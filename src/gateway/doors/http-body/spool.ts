// As a namespace: a Node without it still comes as far as the error that says so.
import * as fs from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mintId } from '../../../core/random.ts';

/** A smaller file stays in memory, as long as all of its form have no more than `MOST_HELD_TOGETHER`. */
const MOST_HELD_BYTES = 256 * 1024;
const MOST_HELD_TOGETHER = 1024 * 1024;
/** What comes in smaller chunks is gathered before it is written, once there is a temporary file. */
const DIRECT_BYTES = 16 * 1024;

/** What the files of one form hold in memory. */
export interface HeldTogether {
  bytes: number;
}

/**
 * A file that arrives: in memory while it is small, then in a temporary file that only this user can read. What was sent
 * can so be sent again, to another provider too, and is measured before it is sent, without being in memory.
 */
export class Spool {
  readonly #together: HeldTogether;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #path: string | undefined;
  #file: FileHandle | undefined;

  constructor(together: HeldTogether) {
    this.#together = together;
  }

  /** `bytes` may be used again afterwards. */
  async write(bytes: Uint8Array): Promise<void> {
    const { byteLength } = bytes;
    const isRoom = this.#heldBytes + byteLength <= MOST_HELD_BYTES && this.#together.bytes + byteLength <= MOST_HELD_TOGETHER;
    if (isRoom && (this.#path === undefined || byteLength < DIRECT_BYTES)) {
      this.#held.push(Buffer.from(bytes));
      this.#heldBytes += byteLength;
      this.#together.bytes += byteLength;
      return;
    }
    await this.#flush();
    await this.#file?.appendFile(bytes);
  }

  /** All that was written. */
  async blob(): Promise<Blob> {
    if (this.#path === undefined) return new Blob(this.#held as Uint8Array<ArrayBuffer>[]);
    await this.#flush();
    await this.#file?.close();
    this.#file = undefined;
    return fs.openAsBlob(this.#path);
  }

  async discard(): Promise<void> {
    this.#held = [];
    await this.#file?.close();
    this.#file = undefined;
    if (this.#path !== undefined) await unlink(this.#path).catch(() => {});
    this.#path = undefined;
  }

  async #flush(): Promise<void> {
    const held = this.#held;
    this.#held = [];
    this.#together.bytes -= this.#heldBytes;
    this.#heldBytes = 0;
    if (this.#path === undefined) {
      const path = join(tmpdir(), `tollgate-${mintId('upload')}`);
      this.#file = await open(path, 'wx', 0o600);
      this.#path = path;
    }
    if (held.length > 0) await this.#file?.appendFile(Buffer.concat(held));
  }
}
