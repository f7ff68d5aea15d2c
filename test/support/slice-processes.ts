import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Store } from '../../src/stores/store.ts';

const worker = fileURLToPath(new URL('./slice-worker.ts', import.meta.url));

/** A store that processes share, by how they open it. */
export interface SharedStore {
  readonly kind: 'sqlite' | 'redis';
  /** The file, or the server's URL. */
  readonly target: string;
  /** By the ledger's time. */
  open(): Store;
}

interface Worker {
  readonly child: ChildProcess;
  readonly lines: () => number[];
  readonly ended: Promise<number | null>;
}

function start({ kind, target }: SharedStore, calls: number, limit: number, mode: 'count' | 'tell'): Worker {
  const args = ['--no-warnings', worker, kind, target, String(calls), String(limit), mode];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout?.on('data', (data) => {
    output += String(data);
  });
  const lines = () => output.split('\n').slice(0, -1).map(Number);
  return { child, lines, ended: new Promise((resolve) => child.once('close', resolve)) };
}

export interface Spent {
  readonly admitted: number;
  readonly spent: number;
  readonly held: number;
}

/** Four processes want twice what the limit admits: how many calls they were told to be admitted, and what the store says. */
export async function spendHalf(store: SharedStore, calls: number): Promise<Spent> {
  const workers = Array.from({ length: 4 }, () => start(store, calls, calls * 2, 'count'));
  const codes = await Promise.all(workers.map(({ ended }) => ended));
  if (codes.some((code) => code !== 0)) throw new Error(`the processes ended with ${codes.join(', ')}`);
  const admitted = workers.flatMap(({ lines }) => lines()).reduce((sum, count) => sum + count, 0);
  return { admitted, ...(await balanceOf(store, Date.now())) };
}

/** What became of a fleet one of which was killed; tokens. */
export interface Killed {
  /** By all calls that were settled. */
  readonly used: number;
  /** What the dead one was lent when the others had ended. */
  readonly lent: number;
  /** When its lease was over. */
  readonly spent: number;
  readonly held: number;
}

/** Some processes call; one of them is killed after so many of its calls, the others go on to their end. */
export async function killOne(store: SharedStore, others: number, calls: number, killAfter: number): Promise<Killed> {
  const victim = start(store, 1_000_000, 1_000_000_000, 'tell');
  const rest = Array.from({ length: others }, () => start(store, calls, 1_000_000_000, 'tell'));
  await new Promise<void>((resolve) => {
    victim.child.stdout?.on('data', () => {
      if (victim.lines().length >= killAfter) resolve();
    });
  });
  victim.child.kill('SIGKILL');
  const codes = await Promise.all([victim, ...rest].map(({ ended }) => ended));
  if (codes.slice(1).some((code) => code !== 0)) throw new Error(`the processes ended with ${codes.join(', ')}`);
  const used = [victim, ...rest].flatMap(({ lines }) => lines()).reduce((sum, tokens) => sum + tokens, 0);
  const lent = (await balanceOf(store, Date.now())).held;
  return { used, lent, ...(await balanceOf(store, Date.now() + 3_600_000)) };
}

async function balanceOf({ open }: SharedStore, now: number): Promise<{ spent: number; held: number }> {
  const store = open();
  const [found] = await store.balances({ prefix: 'all' }, now);
  await store.close();
  return { spent: found?.spent ?? 0, held: (found?.reserved ?? 0) + (found?.sliced ?? 0) };
}
