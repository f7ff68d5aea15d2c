import { type BigIntStats, type FSWatcher, realpathSync, statSync, watch } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Clock, systemClock, type Timer } from '../core/clock.ts';

/** A watch on a configuration file; it never keeps the process alive. */
export interface ConfigWatch {
  close(): void;
}

/** A file as it was at some time, to be taken before it is loaded: what changes from then on is noticed. */
export interface FileAtLoad {
  /** Absolute, so that it stays the same file if the process moves to another directory. */
  readonly path: string;
  /** Undefined if there was no file. */
  readonly version: string | undefined;
}

export function fileAtLoad(path: string): FileAtLoad {
  const absolute = resolve(path);
  return { path: absolute, version: versionOf(absolute) };
}

/** What a watch tells. */
export interface ConfigWatchListener {
  /** The file may have another content, or has been gone for a while. */
  onChange(): void;
  /** The system's notices have ended, once until there are some again; changes are still seen, by the slow check. */
  onError(error: unknown): void;
}

// Editors write in several steps; this long after the last of them the file is whole.
const SETTLE_MS = 50;
// No notice comes of a directory that is swapped as a whole, nor over many network file systems.
const CHECK_EVERY_MS = 5_000;

/**
 * Watches a file, which may be a link, through whatever replaces it: writes and renames are noticed at the directories
 * of the name and of the file behind it, all else by a slow look at the file itself, every 5 s.
 */
export function watchConfig(
  file: FileAtLoad,
  listener: ConfigWatchListener,
  clock: Clock = systemClock,
  watchDirectory: WatchDirectory = (directory, onNotice) => watch(directory, { persistent: false }, onNotice),
): ConfigWatch {
  return new FileWatch(file, listener, clock, watchDirectory);
}

type WatchDirectory = (directory: string, onNotice: () => void) => FSWatcher;

class FileWatch implements ConfigWatch {
  readonly #file: string;
  readonly #listener: ConfigWatchListener;
  readonly #clock: Clock;
  readonly #watch: WatchDirectory;
  /** By directory. */
  readonly #watchers = new Map<string, { readonly watcher: FSWatcher; readonly version: string | undefined }>();
  #seen: string | undefined;
  /** Slow looks in a row that found no file. */
  #misses = 0;
  #failed = false;
  #settling: Timer | undefined;
  #nextCheck: Timer;

  constructor({ path, version }: FileAtLoad, listener: ConfigWatchListener, clock: Clock, watchDirectory: WatchDirectory) {
    this.#file = path;
    this.#listener = listener;
    this.#clock = clock;
    this.#watch = watchDirectory;
    this.#seen = version;
    this.#watchDirectories();
    if (versionOf(path) !== version) this.#noticed();
    this.#nextCheck = clock.setTimeout(() => this.#checkAgain(), CHECK_EVERY_MS);
  }

  close(): void {
    this.#settling?.cancel();
    this.#nextCheck.cancel();
    for (const { watcher } of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #checkAgain(): void {
    this.#nextCheck = this.#clock.setTimeout(() => this.#checkAgain(), CHECK_EVERY_MS);
    this.#check();
    this.#misses = versionOf(this.#file) === undefined ? this.#misses + 1 : 0;
    // Gone for a moment is how files are replaced; gone for longer is told, once.
    if (this.#misses === 2) this.#listener.onChange();
  }

  #check(): void {
    this.#watchDirectories();
    const version = versionOf(this.#file);
    if (version === undefined || version === this.#seen) return;
    this.#seen = version;
    this.#listener.onChange();
  }

  /** Watches the directories where the file is now; one that was made anew is another one. */
  #watchDirectories(): void {
    const directories = new Set([dirname(this.#file), dirname(fileBehind(this.#file))]);
    for (const [directory, { watcher, version }] of this.#watchers) {
      if (directories.has(directory) && directoryVersionOf(directory) === version) continue;
      watcher.close();
      this.#watchers.delete(directory);
    }
    for (const directory of directories) {
      const version = this.#watchers.has(directory) ? undefined : directoryVersionOf(directory);
      if (version !== undefined) this.#watchDirectory(directory, version);
    }
    if (this.#watchers.size === directories.size) this.#failed = false;
  }

  #watchDirectory(directory: string, version: string): void {
    try {
      const watcher = this.#watch(directory, () => this.#noticed());
      watcher.on('error', (error) => {
        watcher.close();
        this.#watchers.delete(directory);
        this.#fail(error);
      });
      this.#watchers.set(directory, { watcher, version });
    } catch (error) {
      this.#fail(error);
    }
  }

  #noticed(): void {
    this.#settling?.cancel();
    this.#settling = this.#clock.setTimeout(() => this.#check(), SETTLE_MS);
  }

  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#listener.onError(error);
  }
}

/** The path without links; as it is while the file is not there. */
function fileBehind(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

/**
 * Changes with every write and replacement; undefined while the file is not there. A file made again may have the number,
 * size and time of writing of the one before, if a build sets them all: only the time of its change cannot be set.
 */
function versionOf(file: string): string | undefined {
  const stats = statsOf(file);
  return stats && `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
}

function directoryVersionOf(directory: string): string | undefined {
  const stats = statsOf(directory);
  return stats && `${stats.dev}:${stats.ino}:${stats.birthtimeNs}`;
}

function statsOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
