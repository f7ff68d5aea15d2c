import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, onFreePorts } from './free-ports.ts';
import { asking, until } from './redis-cluster.ts';
import { answering, RedisServer } from './redis-server.ts';

/** After how long a sentinel takes the master for gone, in milliseconds. */
const DOWN_AFTER_MS = 500;
const SENTINELS = 3;

/** A master and its replica under three sentinels of a test, on the loopback interface. */
export class RedisSentinels {
  readonly name = 'budgets';
  readonly nodes: { host: string; port: number }[] = [];
  readonly #directory = mkdtempSync(join(tmpdir(), 'tollgate-sentinel-'));
  readonly #processes: ChildProcess[] = [];
  readonly master: RedisServer;
  readonly replica: RedisServer;

  private constructor(master: RedisServer, replica: RedisServer) {
    this.master = master;
    this.replica = replica;
  }

  static async start(): Promise<RedisSentinels> {
    const [master, replica] = await Promise.all([0, 1].map(() => RedisServer.start(['--repl-diskless-sync-delay', '0'])));
    const sentinels = new RedisSentinels(master as RedisServer, replica as RedisServer);
    return sentinels.#begin().then(
      () => sentinels,
      (error) => sentinels.stop().then(() => Promise.reject(error)),
    );
  }

  async stop(): Promise<void> {
    const gone = this.#processes.map((child) => new Promise((resolve) => child.once('exit', resolve)));
    for (const child of this.#processes) child.kill('SIGKILL');
    await Promise.all(gone);
    await Promise.all([this.master.stop(), this.replica.stop()]);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #begin(): Promise<void> {
    await asking(this.replica.port, async (client) => {
      await client.replicaof('127.0.0.1', this.master.port);
      await until(async () => (await client.info('replication')).includes('master_link_status:up'));
    });
    for (let number = 0; number < SENTINELS; number++) await onFreePorts(async () => this.#watch(await freePort()));
    for (const { port } of this.nodes) {
      await until(async () => seesAll(await asking(port, (client) => client.info('sentinel'))));
    }
  }

  async #watch(port: number): Promise<void> {
    const path = join(this.#directory, `${port}.conf`);
    const lines = [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${this.#directory}`,
      `sentinel monitor ${this.name} 127.0.0.1 ${this.master.port} 2`,
      `sentinel down-after-milliseconds ${this.name} ${DOWN_AFTER_MS}`,
      `sentinel failover-timeout ${this.name} 3000`,
    ];
    writeFileSync(path, lines.join('\n'));
    const sentinel = spawn('redis-server', [path, '--sentinel'], { stdio: 'ignore' });
    await answering(sentinel, port);
    this.#processes.push(sentinel);
    this.nodes.push({ host: '127.0.0.1', port });
  }
}

function seesAll(info: string): boolean {
  return info.includes(`slaves=1,sentinels=${SENTINELS}`);
}
