/** One peer in a process of its own, from the folder that it is installed in. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { OpenAI } from 'openai';
import { answerRounds } from './answer-rounds.ts';
import { type Calls, expectAnswer, expectStream } from './calls.ts';
import { openAiCalls } from './openai-calls.ts';
import type { PeerName } from './peer-facts.ts';
import { PROMPT } from './prompt.ts';
import { AT_ONCE, TEXTS_PER_OPENAI_STREAM } from './upstream-facts.ts';

const [name, origin = '', folder = ''] = process.argv.slice(2) as [PeerName, string, string];
// biome-ignore lint/suspicious/noExplicitAny: the peers are no dependencies, so that their types are not here.
type Peer = any;

switch (name) {
  case 'AI SDK':
    answerRounds(await aiSdkCalls(origin), await aiSdkCalls(`${origin}${AT_ONCE}`));
    break;
  case 'LangChain':
    answerRounds(await langChainCalls(origin), await langChainCalls(`${origin}${AT_ONCE}`));
    break;
  case 'Portkey gateway': {
    const port = await freePort();
    const server = await portkeyServer(port);
    answerRounds(portkeyCalls(port, origin), portkeyCalls(port, `${origin}${AT_ONCE}`), () => processorUs(server));
  }
}

function load(module: string): Promise<Peer> {
  const path = createRequire(join(folder, 'package.json')).resolve(module);
  return import(pathToFileURL(path).href);
}

const MESSAGES = [
  { role: 'system', content: PROMPT.system },
  { role: 'user', content: PROMPT.user },
];

async function aiSdkCalls(at: string): Promise<Calls> {
  const [{ generateText, streamText }, { createOpenAI }] = await Promise.all([load('ai'), load('@ai-sdk/openai')]);
  const params = {
    model: createOpenAI({ apiKey: 'bench', baseURL: `${at}/v1` }).chat('bench-model'),
    temperature: PROMPT.temperature,
    maxOutputTokens: PROMPT.mostTokens,
    maxRetries: 0,
    system: PROMPT.system,
    prompt: PROMPT.user,
  };
  return {
    async chat() {
      const { text, usage } = await generateText(params);
      expectAnswer(text.length, usage.outputTokens);
    },
    async stream() {
      const { textStream, usage } = streamText(params);
      let deltas = 0;
      for await (const text of textStream) if (text) deltas += 1;
      expectStream(deltas, TEXTS_PER_OPENAI_STREAM, (await usage).outputTokens);
    },
  };
}

async function langChainCalls(at: string): Promise<Calls> {
  const { ChatOpenAI } = await load('@langchain/openai');
  const model = new ChatOpenAI({
    apiKey: 'bench',
    model: 'bench-model',
    temperature: PROMPT.temperature,
    maxTokens: PROMPT.mostTokens,
    maxRetries: 0,
    streamUsage: true,
    configuration: { baseURL: `${at}/v1` },
  });
  return {
    async chat() {
      const { content, usage_metadata } = await model.invoke(MESSAGES);
      expectAnswer(content.length, usage_metadata.output_tokens);
    },
    async stream() {
      let deltas = 0;
      let outputTokens: number | undefined;
      for await (const { content, usage_metadata } of await model.stream(MESSAGES)) {
        if (content) deltas += 1;
        outputTokens = usage_metadata?.output_tokens ?? outputTokens;
      }
      expectStream(deltas, TEXTS_PER_OPENAI_STREAM, outputTokens);
    },
  };
}

/** A gateway that is a server: the plain client asks it, and the processor time of both counts. */
async function portkeyServer(port: number): Promise<ChildProcess> {
  const script = join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js');
  const env = { ...process.env, TRUSTED_CUSTOM_HOSTS: '127.0.0.1,localhost' };
  const server = spawn(process.execPath, [script, `--port=${port}`, '--headless'], { stdio: 'ignore', env });
  process.on('exit', () => server.kill());
  for (;;) {
    if (server.exitCode !== null) throw new Error('the server of Portkey has ended');
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    if (answer !== undefined) return server;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function portkeyCalls(port: number, at: string): Calls {
  const client = new OpenAI({
    apiKey: 'bench',
    baseURL: `http://127.0.0.1:${port}/v1`,
    // Between rounds the server closes sockets that the client would use again.
    maxRetries: 2,
    defaultHeaders: { 'x-portkey-provider': 'openai', 'x-portkey-custom-host': `${at}/v1` },
  });
  return openAiCalls(client, TEXTS_PER_OPENAI_STREAM);
}

/** Of another process, in hundredths of a second as Linux counts it. */
function processorUs({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
