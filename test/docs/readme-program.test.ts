import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { completion } from '../support/chat-upstream.ts';

const hook = new URL('../support/source-hook.ts', import.meta.url).href;
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const path = join(tmpdir(), `tollgate-readme-${process.pid}.ts`);
afterAll(() => rmSync(path, { force: true }));

const upstream = createServer((request, response) => {
  request.resume();
  const isOpenAi = request.headers.authorization === 'Bearer sk-test';
  response.writeHead(isOpenAi ? 503 : 200, { 'content-type': 'application/json' });
  const answer = { type: 'message', role: 'assistant', id: 'msg_1', model: 'claude-haiku-4-5', stop_reason: 'end_turn' };
  const usage = { input_tokens: 10, output_tokens: 5 };
  response.end(JSON.stringify(isOpenAi ? completion('') : { ...answer, content: [{ type: 'text', text: 'Hello.' }], usage }));
});
afterAll(() => upstream.close());

it("the README's fifteen lines run as they stand: the second provider answers, for a price", { timeout: 60_000 }, async () => {
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const [, program = ''] = /^## Fifteen lines\n\n```ts\n([\s\S]*?)^```$/m.exec(readme) ?? [];
  const keys = program
    .replace("openai: { apiKey: 'sk-…' }", `openai: { apiKey: 'sk-test', baseURL: '${origin}/v1' }`)
    .replace("anthropic: { apiKey: 'sk-ant-…' }", `anthropic: { apiKey: 'sk-ant-test', baseURL: '${origin}' }`);
  expect(keys.split(origin)).toHaveLength(3);
  writeFileSync(path, `${keys}\nawait gateway.close();\n`);
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--no-warnings', '--import', hook, path]);
  expect(stderr).toBe('openai/gpt-5-mini -> anthropic/claude-haiku-4-5: overloaded\n');
  expect(stdout).toMatch(/^Hello\. 0\.0000\d+\n$/);
});
