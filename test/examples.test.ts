import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const directory = new URL('../examples/', import.meta.url);
const hook = new URL('./support/source-hook.ts', import.meta.url).href;

const EXPECTED: Readonly<Record<string, RegExp>> = {
  '01-failover.ts':
    /first\/small -> second\/small: overloaded\nsecond\/small heard: hello\n\[ 'first\/small overloaded', 'second\/small ok' \]/,
  '02-budgets.ts':
    /team of search: above 50 %\n402 budget_exceeded of 'team'\nspent \$0\.0\d+ of \$0\.05\nanother team still has its own/,
  '03-weighted.ts': /large served about three quarters: true/,
  '04-access.ts':
    /intern fast: allowed\nintern smart: 403 access_denied\nintern local\/large: 403 access_denied\neu-west smart: 403 access_denied\nanybody smart: allowed\nmodels of an intern: fast/,
  '05-virtual-keys.ts': /shop-1 of shop: success\nshop-2 of shop: success\nshop-1 of shop: success\n401 invalid_key/,
  '06-pacing.ts':
    /\[\n? *'ops high',\s+'loud normal',\s+'quiet normal',\s+'loud normal',\s+'batch low'\s*\]\nrefused: 1, rate limited: true/,
  '07-plan.ts': /allow\nlocal\/able place 1\nlocal\/plain does not support tools\nteam: 1 of 100 requests/,
  '08-config-file.ts':
    /lab\/large heard: hello\nproviders\.lab\.type: unknown type 'openai-compatble'; did you mean 'openai-compatible'\?\nmodels\.fast\[0\]: unknown provider 'lib'.*\n\[ 'fast', 'smart' \]/,
  '09-handler.ts': /lab\/small heard: hello\nserved by lab\/small\n400 invalid_params/,
  '10-strategy.ts': /5 characters: local\/small\n600 characters: local\/large/,
  '11-custom-provider.ts':
    /req_ asks m\n\[\{"role":"user","content":"hello"\}\] yes\n\[ 'broken\/m: .*out of order', 'echo\/m: ok' \]/,
  '12-testing.ts': /in January: 30 tokens\nin February: 0 tokens/,
  '13-cache.ts':
    /search: false, charged\nsearch: true, free\nads: false, charged\nsearch: false, charged\nsearch: not asked, charged/,
  '14-runs.ts':
    /402 run_limit: maxUsd of \$0\.1 after 2 questions\nticket-7: error after \d+ calls|ticket-7: error after \d+ calls\n402 run_limit: maxUsd of \$0\.1 after 2 questions/,
  '15-guards.ts':
    /people hid email\nlab\/small heard: write to joe@example\.com\n400 content_blocked: keys found github-token in the input\n400 content_blocked: projects found project in the output/,
  '16-openai-client.ts': /^hello\nstreamed: hello$/m,
};

const examples = readdirSync(directory).filter((file) => /^\d\d-.*\.ts$/.test(file));

describe('the examples', () => {
  it('are all expected to print something', () => {
    expect(examples).toEqual(Object.keys(EXPECTED));
  });

  it.each(readdirSync(directory).filter((file) => file.endsWith('.ts')))('%s has at most 40 lines', (file) => {
    expect(readFileSync(new URL(file, directory), 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(40);
  });

  it.concurrent.each(examples)('%s runs to its end and prints what it should', { timeout: 60_000 }, async (file) => {
    const path = fileURLToPath(new URL(file, directory));
    // Rejects if the exit code is not 0 or the process does not end by itself.
    const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', '--import', hook, path], {
      timeout: 60_000,
    });
    expect(stdout).toMatch(EXPECTED[file] ?? /^$/);
  });
});
