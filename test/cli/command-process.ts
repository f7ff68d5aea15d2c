import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const hook = new URL('../support/source-hook.ts', import.meta.url).href;
const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { bin: { tollgate: string } };

/** The source of the file that the package's `bin` names. */
export const COMMAND = join(root, bin.tollgate.replace(/^dist\//, 'src/').replace(/\.js$/, '.ts'));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as a process, in an environment that has no keys but those given. `output`: a file in place of what is read. */
export function tollgate(
  args: readonly string[],
  variables: Record<string, string> = {},
  output: 'pipe' | number = 'pipe',
): Promise<Ended> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--import', hook, COMMAND, ...args], {
    cwd: dirname(COMMAND),
    env: { PATH: process.env.PATH, ...variables },
    stdio: ['ignore', output, 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (data) => {
    stdout += String(data);
  });
  child.stderr?.on('data', (data) => {
    stderr += String(data);
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}

const directory = mkdtempSync(join(tmpdir(), 'tollgate-cli-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Writes a file for the command and gives its path. */
export function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}
