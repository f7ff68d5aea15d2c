import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { GatewayConfig } from 'tollgate';
import type { Wire } from './hostile-bodies.ts';
import type { HostileUpstream } from './hostile-upstream.ts';

/** Of the time since it began. */
export interface Measures {
  readonly memoryBytes: number;
  /** What is left when garbage has been collected. */
  readonly keptBytes: number;
  readonly rssBytes: number;
  readonly delayMs: number;
  readonly longestTurnMs: number;
  /** By their outcomes. */
  readonly ended: Readonly<Record<string, number>>;
}

/** What attacks share. */
export interface Stage {
  readonly upstream: HostileUpstream;
  /** A folder in which Hono is installed, if the server is one of Hono. */
  readonly hono: string | undefined;
  readonly isWanted: (name: string) => boolean;
}

export interface ChildOptions {
  readonly upstream: HostileUpstream;
  readonly hono: string | undefined;
  readonly wire?: Wire | undefined;
  readonly config?: Partial<GatewayConfig> | undefined;
}

/** A gateway behind a server, in a process of its own: `hostile-server.ts`. */
export class HostileChild {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;

  private constructor(child: ChildProcess, ended: Promise<never>, port: number) {
    this.#child = child;
    this.#ended = ended;
    this.port = port;
  }

  static async start({ upstream, hono, wire = 'openai-compatible', config = {} }: ChildOptions): Promise<HostileChild> {
    const told = [upstream.baseURL[wire], wire, JSON.stringify(config), ...(hono === undefined ? [] : [hono])];
    const child = fork(fileURLToPath(new URL('./hostile-server.ts', import.meta.url)), told, {
      execArgv: ['--expose-gc', ...process.execArgv],
    });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the server ended with ${code}`);
    });
    ended.catch(() => {});
    const [{ port }] = await Promise.race([once(child, 'message'), ended]);
    const started = new HostileChild(child, ended, port);
    // What loads when it is first used is not what is measured.
    for (let round = 0; round < 20; round += 1) await started.ask();
    return started;
  }

  /** A good call; its time in milliseconds. */
  async ask(): Promise<number> {
    const began = performance.now();
    const body = '{"model":"fast","messages":[{"role":"user","content":"a"}]}';
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`http://127.0.0.1:${this.port}/v1/chat/completions`, { method: 'POST', headers, body });
    await response.text();
    return performance.now() - began;
  }

  async begin(order: 'begin' | 'begin collecting'): Promise<void> {
    await this.#told(order);
  }

  async end(): Promise<Measures> {
    return (await this.#told('end')) as Measures;
  }

  async stop(): Promise<void> {
    this.#child.disconnect();
    await this.#ended.catch(() => {});
  }

  async #told(order: string): Promise<unknown> {
    this.#child.send(order);
    const [answer] = await Promise.race([once(this.#child, 'message'), this.#ended]);
    return answer;
  }
}
