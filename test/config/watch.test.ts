import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ConfigWatch, watchConfig } from '../../src/config/watch.ts';
import type { Clock } from '../../src/core/clock.ts';

let directory: string;
let watch: ConfigWatch | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tollgate-watch-'));
});
afterEach(() => {
  watch?.close();
  rmSync(directory, { recursive: true });
});

/** Timers end in the next turn; `settled` resolves each time one has. */
function promptClock(): { clock: Clock; settled: () => Promise<void> } {
  let wake: (() => void)[] = [];
  const clock: Clock = {
    now: () => 0,
    monotonicMs: () => 0,
    setTimeout(callback) {
      const immediate = setImmediate(() => {
        callback();
        for (const resolve of wake) resolve();
        wake = [];
      });
      return { cancel: () => clearImmediate(immediate) };
    },
  };
  return { clock, settled: () => new Promise((resolve) => wake.push(resolve)) };
}

/** Watches `path`, runs `change`, and resolves when the change was seen. */
function changeSeen(path: string, change: () => void): Promise<void> {
  const { clock } = promptClock();
  return new Promise((resolve) => {
    watch = watchConfig(path, resolve, clock);
    change();
  });
}

describe('a watched configuration file', () => {
  test('reports a write into the file', async () => {
    const path = join(directory, 'config.json');
    writeFileSync(path, '{}');
    await expect(changeSeen(path, () => writeFileSync(path, '{"a":1}'))).resolves.toBeUndefined();
  });

  test('reports a file that is replaced by another', async () => {
    const path = join(directory, 'config.json');
    writeFileSync(path, '{}');
    writeFileSync(`${path}.tmp`, '[]');
    await expect(changeSeen(path, () => renameSync(`${path}.tmp`, path))).resolves.toBeUndefined();
  });

  test('reports a link of its directory that points elsewhere now', async () => {
    for (const version of ['v1', 'v2']) {
      mkdirSync(join(directory, version));
      writeFileSync(join(directory, version, 'config.json'), version);
    }
    symlinkSync('v1', join(directory, '..data'));
    symlinkSync('..data/config.json', join(directory, 'config.json'));
    const swap = () => {
      symlinkSync('v2', join(directory, '..tmp'));
      renameSync(join(directory, '..tmp'), join(directory, '..data'));
    };
    await expect(changeSeen(join(directory, 'config.json'), swap)).resolves.toBeUndefined();
  });

  test('does not report its neighbours', async () => {
    const path = join(directory, 'config.json');
    writeFileSync(path, '{}');
    const { clock, settled } = promptClock();
    let changes = 0;
    watch = watchConfig(path, () => (changes += 1), clock);
    const looked = settled();
    writeFileSync(join(directory, 'other.json'), '{}');
    await looked;
    expect(changes).toBe(0);
  });
});
