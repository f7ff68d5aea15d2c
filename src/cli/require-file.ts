import { statSync } from 'node:fs';
import { systemReason } from '../core/system-reason.ts';
import { CommandError } from './command-error.ts';

/** Throws `CommandError` if no file is at the path, so that what runs or opens files by its own ways need not say so. */
export function requireFile(path: string): void {
  let isDirectory: boolean;
  try {
    isDirectory = statSync(path).isDirectory();
  } catch (error) {
    throw new CommandError(`cannot read ${path}: ${systemReason(error)}`);
  }
  if (isDirectory) throw new CommandError(`cannot read ${path}: it is a directory`);
}
