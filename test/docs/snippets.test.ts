import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { SCENES } from './snippets/scenes.ts';
import { pages, snippetsOf } from './snippets/snippet.ts';

const snippets = pages.flatMap(snippetsOf);

const KEYS = {
  OPENAI_API_KEY: 'sk-test',
  ANTHROPIC_API_KEY: 'sk-ant-test',
  GEMINI_API_KEY: 'test',
  GROQ_API_KEY: 'test',
  COHERE_API_KEY: 'test',
  AWS_BEARER_TOKEN_BEDROCK: 'test',
};

let runs: Record<string, { printed: string[]; error?: string }>;

beforeAll(async () => {
  const hook = new URL('../support/source-hook.ts', import.meta.url).href;
  const worker = fileURLToPath(new URL('./snippets/run-worker.ts', import.meta.url));
  const args = ['--no-warnings', '--import', hook, worker];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { PATH: process.env.PATH, ...KEYS } });
  runs = JSON.parse(stdout);
}, 120_000);

/** What a snippet says in comments at its end that it prints. */
function saidAtTheEnd(text: string): string[] {
  return (/(?:^\/\/ .+\n)+$/m.exec(text)?.[0] ?? '')
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [line.slice('// '.length)]));
}

describe('a snippet of the documentation that is run as it stands', () => {
  it.each(snippets)('does and prints what its page says: $name', ({ name, text }) => {
    const expected = [...saidAtTheEnd(text), ...(SCENES[name]?.prints ?? [])];
    expect(runs[name]?.error).toBeUndefined();
    expect(runs[name]?.printed).toEqual(expected.map((line) => (typeof line === 'string' ? line : expect.stringMatching(line))));
  });

  it('is there for every scene', () => {
    const names = new Set(snippets.map(({ name }) => name));
    expect(Object.keys(SCENES).filter((name) => !names.has(name))).toEqual([]);
  });
});
