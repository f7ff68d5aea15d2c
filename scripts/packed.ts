import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A folder of its own in which the packed package is installed as a user installs it, beside others from the registry. */
export class Sandbox {
  readonly folder = mkdtempSync(join(tmpdir(), 'tollgate-try-'));

  /** Packs the package as it is built and installs it. */
  install(...packages: readonly string[]): void {
    const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', this.folder], { cwd: root, encoding: 'utf8' });
    this.add(`./${packed.trim()}`, ...packages);
  }

  /** Installs packages alone. */
  add(...packages: readonly string[]): void {
    this.write('package.json', JSON.stringify({ private: true, type: 'module' }));
    this.run('npm', ['install', '--silent', '--no-audit', '--no-fund', ...packages]);
  }

  write(path: string, text: string): void {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** What the command prints; throws with it if it fails. */
  run(command: string, args: readonly string[], folder = '.'): string {
    try {
      return execFileSync(command, args, {
        cwd: join(this.folder, folder),
        encoding: 'utf8',
        stdio: 'pipe',
        env: this.#environment,
      });
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      throw new Error(`${command} ${args.join(' ')}\n${stdout}${stderr}`);
    }
  }

  /** What the command prints, however it ends; the upstream of this process can answer meanwhile. */
  async print(command: string, args: readonly string[]): Promise<string> {
    const child = spawn(command, args, { cwd: this.folder, env: this.#environment });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (printed += text));
    await once(child, 'close');
    return printed;
  }

  /** A server that the command starts, once it prints where it listens. */
  async serve(command: string, args: readonly string[], folder = '.'): Promise<{ readonly origin: string; stop(): void }> {
    // A group of its own, so that what the command starts ends with it.
    const child = spawn(command, args, { cwd: join(this.folder, folder), env: this.#environment, detached: true });
    let printed = '';
    const origin = await new Promise<string>((resolve, reject) => {
      const read = (text: Buffer) => {
        printed += text;
        const [found] = /http:\/\/(?:localhost|127\.0\.0\.1):\d+/.exec(printed) ?? [];
        if (found !== undefined) resolve(found);
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('exit', () => reject(new Error(`${command} ${args.join(' ')} ended:\n${printed}`)));
    });
    return { origin, stop: () => void (child.pid && process.kill(-child.pid)) };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #environment(): NodeJS.ProcessEnv {
    return { ...process.env, NO_COLOR: '1', NEXT_TELEMETRY_DISABLED: '1' };
  }
}

/** An upstream on the loopback that answers every chat with `hello`: as OpenAI, Anthropic and Google answer. */
export async function startHello(): Promise<{ readonly baseURL: string; stop(): void }> {
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      const { url = '' } = request;
      const answer = url.endsWith('/messages') ? ANTHROPIC_HELLO : url.includes(':generateContent') ? GOOGLE_HELLO : HELLO;
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { baseURL: `http://127.0.0.1:${port}/v1`, stop: () => server.close().closeAllConnections() };
}

const HELLO = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-5-mini',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hello', refusal: null }, finish_reason: 'stop', logprobs: null }],
  usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
};

const ANTHROPIC_HELLO = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-haiku-4-5',
  content: [{ type: 'text', text: 'hello' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 1 },
};

const GOOGLE_HELLO = {
  candidates: [{ index: 0, content: { role: 'model', parts: [{ text: 'hello' }] }, finishReason: 'STOP' }],
  usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 1, totalTokenCount: 4 },
  modelVersion: 'gemini-2.5-flash',
};

/** Names of models that a gateway of `gatewaySource` serves over a wire of each kind. */
const HELLO_MODELS = ['fast', 'claude', 'gemini'] as const;

/** Source of a module that exports a gateway to `baseURL`, with a budget, with wires that load when they are needed, and over a store (its source). */
export function gatewaySource(baseURL: string, store = "'memory'"): string {
  return `import { Gateway } from 'tollgate';

export const gateway = new Gateway({
  providers: {
    openai: { apiKey: 'none', baseURL: '${baseURL}' },
    anthropic: { apiKey: 'none', baseURL: '${baseURL}' },
    google: { apiKey: 'none', baseURL: '${baseURL}' },
    bedrock: { region: 'eu-central-1' },
    vertex: { project: 'none', region: 'europe-west1' },
  },
  models: { fast: ['openai/gpt-5-mini', 'bedrock/us.amazon.nova-lite-v1:0', 'vertex/gemini-2.5-flash'], claude: ['anthropic/claude-haiku-4-5'], gemini: ['google/gemini-2.5-flash'] },
  budgets: [{ name: 'all', limit: { usd: 1 }, window: 'day' }],
  store: ${store},
});
`;
}

/** Asks each model for a chat completion over HTTP; throws unless the upstream's answer came. */
export async function expectHello(url: string): Promise<void> {
  for (const model of HELLO_MODELS) await expectHelloOf(model, url);
}

async function expectHelloOf(model: string, url: string): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hello?' }] }),
  });
  const text = await response.text();
  if (response.status !== 200 || !text.includes('"hello"')) throw new Error(`${model}: ${response.status} ${text.slice(0, 500)}`);
}
