import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { SqliteStore } from '../../src/stores/sqlite.ts';

const worker = fileURLToPath(new URL('../support/slice-worker.ts', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'tollgate-slices-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Calls of each process; half of them all are admitted: `CALLS=25000` for the long run. */
const CALLS = Number(process.env.CALLS ?? 1_500);

function run(path: string, limit: number): Promise<{ code: number | null; admitted: number }> {
  const child = spawn(process.execPath, ['--no-warnings', worker, path, String(CALLS), String(limit)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data) => {
    output += String(data);
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, admitted: Number(output) })));
}

it('four processes on one SQLite file spend a limit that admits half of their calls exactly', { timeout: 240_000 }, async () => {
  const path = join(directory, 'half.db');
  new SqliteStore(path).close();
  const limit = CALLS * 2;
  const ended = await Promise.all(Array.from({ length: 4 }, () => run(path, limit)));
  expect(ended.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  expect(ended.reduce((sum, { admitted }) => sum + admitted, 0)).toBe(limit);
  const store = new SqliteStore(path);
  const balances = store.balances({ prefix: 'all' }, Date.now());
  store.close();
  expect(balances).toEqual([{ counter: 'all|requests|lifetime|', spent: limit, reserved: 0, sliced: 0 }]);
});
