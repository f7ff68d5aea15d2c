import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, onFreePorts } from './free-ports.ts';

/** Whether a `redis-server` can be started here; if not, its suites are left out, visibly. */
export const redisIsHere: boolean = spawnSync('redis-server', ['--version']).status === 0;
if (!redisIsHere) console.log('No redis-server on the PATH: the suites over Redis are left out.');

/** A real `redis-server` of a test, without persistence, on a free port of the loopback interface. */
export class RedisServer {
  readonly port: number;
  readonly #directory: string;
  readonly #options: readonly string[];
  #process: ChildProcess | undefined;

  constructor(port: number, options: readonly string[] = []) {
    this.port = port;
    this.#options = options;
    this.#directory = mkdtempSync(join(tmpdir(), 'tollgate-redis-'));
  }

  /** With further options of `redis-server`, as on its command line. */
  static start(options: readonly string[] = []): Promise<RedisServer> {
    return onFreePorts(async () => RedisServer.startAt(await freePort(), options));
  }

  static async startAt(port: number, options: readonly string[]): Promise<RedisServer> {
    const server = new RedisServer(port, options);
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it again, empty. */
  async start(): Promise<void> {
    const options = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    this.#process = spawn('redis-server', [...options, '--dir', this.#directory, ...this.#options], { stdio: 'ignore' });
    await answering(this.#process, this.port);
  }

  /** Ends it at once, as `kill -9` does. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** Stops answering, keeps its connections. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    this.thaw();
    await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Resolves when the process answers at the port; rejects if it ends. */
export async function answering(server: ChildProcess, port: number): Promise<void> {
  while (!(await answers(port))) if (server.exitCode !== null) throw new Error(`redis-server ended with ${server.exitCode}`);
}

/** Whether the server answers a PING; waits for the connection, so that a loop over it does not spin. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (data) => end(data.toString().startsWith('+PONG')));
    socket.once('error', () => setTimeout(() => end(false), 10));
  });
}
