import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// Automatic instrumentation wraps every module that a process imports, this package's own and OpenAI's client.
describe('a process whose modules are wrapped by a loader', () => {
  it('has the channels, the spans and the errors of any other', { timeout: 120_000 }, async () => {
    const hooks = ['--import', at('../support/source-hook.ts'), '--import', at('../support/wrapping-hook.ts')];
    const { stdout } = await run(process.execPath, ['--no-warnings', ...hooks, at('hooked-program.ts')]);
    expect(JSON.parse(stdout)).toEqual({
      isWrapped: true,
      isClient: true,
      isApiError: true,
      text: 'hello',
      published: [
        'request:start',
        'attempt:start',
        'attempt:error',
        'attempt:asyncEnd',
        'attempt:start',
        'attempt:asyncEnd',
        'request:asyncEnd',
        'request:start',
        'request:asyncEnd',
      ],
      spans: [
        { name: 'attempt one/m', error: 'transient', isChild: true, events: [] },
        { name: 'attempt two/m', isChild: true, events: [] },
        { name: 'chat m', isChild: false, events: ['tollgate.failover'] },
        { name: 'chat unknown', error: 'model_not_found', isChild: false, events: [] },
      ],
    });
  });
});
