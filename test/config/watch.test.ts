import { EventEmitter } from 'node:events';
import {
  type FSWatcher,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ConfigWatch, fileAtLoad, watchConfig } from '../../src/config/watch.ts';
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

/** Short timers end in the next turn, the slow look at the file when `look` is called; `settled`: when a short one has ended. */
function watchClock(): { clock: Clock; settled: () => Promise<void>; look: () => void } {
  let wake: (() => void)[] = [];
  let slow: (() => void) | undefined;
  const clock: Clock = {
    now: () => 0,
    monotonicMs: () => 0,
    setTimeout(callback, delayMs) {
      if (delayMs >= 1_000) {
        slow = callback;
        return { cancel: () => (slow = undefined) };
      }
      const immediate = setImmediate(() => {
        callback();
        for (const resolve of wake) resolve();
        wake = [];
      });
      return { cancel: () => clearImmediate(immediate) };
    },
  };
  return { clock, settled: () => new Promise((resolve) => wake.push(resolve)), look: () => slow?.() };
}

/** Watches `path`, runs `change`, and resolves when the change was seen. */
function changeSeen(path: string, change: () => void): Promise<void> {
  const { clock } = watchClock();
  return new Promise((resolve, reject) => {
    watch = watchConfig(fileAtLoad(path), { onChange: resolve, onError: reject }, clock);
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
    const { clock, settled } = watchClock();
    let changes = 0;
    watch = watchConfig(fileAtLoad(path), { onChange: () => (changes += 1), onError: () => {} }, clock);
    const looked = settled();
    writeFileSync(join(directory, 'other.json'), '{}');
    await looked;
    expect(changes).toBe(0);
  });

  test('reports a write into the file that a link in another directory names', async () => {
    mkdirSync(join(directory, 'elsewhere'));
    mkdirSync(join(directory, 'here'));
    const target = join(directory, 'elsewhere', 'config.json');
    const path = join(directory, 'here', 'config.json');
    writeFileSync(target, '{}');
    symlinkSync(target, path);
    await expect(changeSeen(path, () => writeFileSync(target, '{"a":1}'))).resolves.toBeUndefined();
  });

  test.each([
    ['swapped by its link', swapRelease],
    ['made again', makeReleaseAgain],
  ])('reports, at the next slow look, a release directory that is %s, and notices at once what follows', async (_, replace) => {
    mkdirSync(join(directory, 'v1'));
    mkdirSync(join(directory, 'v2'));
    symlinkSync('v1', join(directory, 'current'));
    const path = join(directory, 'current', 'config.json');
    writeFileSync(join(directory, 'v1', 'config.json'), '{}');
    const { clock, look } = watchClock();
    const changes: (() => void)[] = [];
    let seen = 0;
    const onChange = () => {
      seen += 1;
      for (const resolve of changes.splice(0)) resolve();
    };
    watch = watchConfig(fileAtLoad(path), { onChange, onError: () => {} }, clock);
    replace();
    look();
    expect(seen).toBe(1);
    const noticed = new Promise<void>((resolve) => changes.push(resolve));
    writeFileSync(path, '{"later":true}');
    await expect(noticed).resolves.toBeUndefined();
  });

  test('reports a file made again with the size and the time of the one before', () => {
    const path = join(directory, 'config.json');
    const write = (text: string) => {
      writeFileSync(path, text);
      utimesSync(path, 1, 1);
    };
    write('{"a":1}');
    const { clock, look } = watchClock();
    let changes = 0;
    watch = watchConfig(fileAtLoad(path), { onChange: () => (changes += 1), onError: () => {} }, clock);
    const changedAt = () => statSync(path, { bigint: true }).ctimeNs;
    const before = changedAt();
    // The system's clock of files has steps of some milliseconds.
    do write('{"a":2}');
    while (changedAt() === before);
    look();
    expect(changes).toBe(1);
  });

  test('reports a change between the loading and the watch', async () => {
    const path = join(directory, 'config.json');
    writeFileSync(path, '{}');
    const loaded = fileAtLoad(path);
    writeFileSync(path, '{"a":1}');
    const { clock, settled } = watchClock();
    const looked = settled();
    let changes = 0;
    watch = watchConfig(loaded, { onChange: () => (changes += 1), onError: () => {} }, clock, silentWatcher);
    await looked;
    expect(changes).toBe(1);
  });

  test('reports once a file that stays away, and again when it is back', () => {
    const path = join(directory, 'config.json');
    writeFileSync(path, '{}');
    const { clock, look } = watchClock();
    let changes = 0;
    watch = watchConfig(fileAtLoad(path), { onChange: () => (changes += 1), onError: () => {} }, clock, silentWatcher);
    rmSync(path);
    look();
    expect(changes).toBe(0);
    for (let looks = 0; looks < 3; looks += 1) look();
    expect(changes).toBe(1);
    writeFileSync(path, '{}');
    look();
    expect(changes).toBe(2);
  });

  test('tells each time that notices end, and begins anew', () => {
    const path = join(directory, 'config.json');
    writeFileSync(path, '{}');
    const { clock, look } = watchClock();
    const errors: unknown[] = [];
    const watchers: EventEmitter[] = [];
    const watchDirectory = () => {
      const watcher = silentWatcher();
      watchers.push(watcher);
      return watcher;
    };
    watch = watchConfig(fileAtLoad(path), { onChange: () => {}, onError: (error) => errors.push(error) }, clock, watchDirectory);
    for (const death of ['first', 'second']) {
      watchers.at(-1)?.emit('error', new Error(death));
      look();
    }
    expect(errors).toEqual([new Error('first'), new Error('second')]);
    expect(watchers).toHaveLength(3);
  });

  test('tells once that notices have ended, and goes on with the slow look', () => {
    const path = join(directory, 'config.json');
    writeFileSync(path, '{}');
    const { clock, look } = watchClock();
    const errors: unknown[] = [];
    let changes = 0;
    const broken = { onChange: () => (changes += 1), onError: (error: unknown) => errors.push(error) };
    const failing = () => {
      throw new Error('no more watches');
    };
    watch = watchConfig(fileAtLoad(path), broken, clock, failing);
    look();
    expect(errors).toEqual([new Error('no more watches')]);
    writeFileSync(path, '{"a":1}');
    look();
    expect(changes).toBe(1);
  });
});

function silentWatcher(): FSWatcher {
  return Object.assign(new EventEmitter(), { close() {} }) as unknown as FSWatcher;
}

function swapRelease(): void {
  writeFileSync(join(directory, 'v2', 'config.json'), '{"v":2}');
  symlinkSync('v2', join(directory, 'next'));
  renameSync(join(directory, 'next'), join(directory, 'current'));
}

function makeReleaseAgain(): void {
  rmSync(join(directory, 'v1'), { recursive: true });
  mkdirSync(join(directory, 'v1'));
  writeFileSync(join(directory, 'v1', 'config.json'), '{"v":"again"}');
}
