import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('../../src/', import.meta.url));
const files = (readdirSync(source, { recursive: true }) as string[]).filter((file) => file.endsWith('.ts'));

function usesOf(pattern: RegExp, allowed: (file: string) => boolean): string[] {
  return files.filter((file) => !allowed(file) && pattern.test(withoutWords(readFileSync(join(source, file), 'utf8'))));
}

/** Without comments and texts, which may speak of what the code may not do. */
function withoutWords(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\/\/.*$/gm, '')
    .replace(/'[^'\n]*'|"[^"\n]*"/g, '');
}

describe('time, randomness and environment', () => {
  it('are read from the clock of core only', () => {
    expect(
      usesOf(
        /\bDate\.now\(|\bperformance\.now\(|\bnew Date\(\)|(?<![.\w])setTimeout\(|(?<![.\w])setInterval\(/,
        (file) => inCore(file) || inBrowser(file),
      ),
    ).toEqual([]);
  });

  it('are drawn from the randomness of core only', () => {
    expect(usesOf(/\bMath\.random\(/, inCore)).toEqual([]);
  });

  it('are read from the environment by the configuration only', () => {
    expect(usesOf(/\bprocess\.env\b/, (file) => file.startsWith('config/'))).toEqual([]);
  });
});

/** The dashboard's page has the browser's timers and nothing else; the clock of core stays in the process that serves it. */
function inBrowser(file: string): boolean {
  return file.startsWith('dashboard/page/');
}

/** The clock for users' tests is a clock too: it has a `setTimeout` of its own. */
function inCore(file: string): boolean {
  return file.startsWith('core/') || file === 'testing/test-clock.ts';
}
