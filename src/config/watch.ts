import { type BigIntStats, statSync, watch } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Clock, systemClock, type Timer } from '../core/clock.ts';

/** A watch on a configuration file; it never keeps the process alive. */
export interface ConfigWatch {
  close(): void;
}

// Editors write in several steps; this long after the last of them the file is whole.
const SETTLE_MS = 50;

/**
 * Calls `onChange` after the file's content changed. Watches its directory, because editors and deployments replace
 * files and links instead of writing into them. Throws where the directory cannot be watched.
 */
export function watchConfig(path: string, onChange: () => void, clock: Clock = systemClock): ConfigWatch {
  const file = resolve(path);
  let seen = versionOf(file);
  let settling: Timer | undefined;

  const check = () => {
    const version = versionOf(file);
    if (version === undefined || version === seen) return;
    seen = version;
    onChange();
  };
  const watcher = watch(dirname(file), { persistent: false }, () => {
    settling?.cancel();
    settling = clock.setTimeout(check, SETTLE_MS);
  });
  const close = () => {
    settling?.cancel();
    watcher.close();
  };
  watcher.on('error', close);
  return { close };
}

/** Changes with every write and replacement; undefined while the file is not there. */
function versionOf(file: string): string | undefined {
  const stats: BigIntStats | undefined = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stats && `${stats.ino}:${stats.size}:${stats.mtimeNs}`;
}
