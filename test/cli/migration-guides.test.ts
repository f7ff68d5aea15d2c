import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { check } from '../../src/cli/check.ts';
import { importConfig } from '../../src/cli/import.ts';
import { file } from './command-process.ts';

/** The text of the one fence of a page that says `info`. */
function fenceOf(page: string, info: string): string {
  const [, text] = new RegExp(`^\`\`\`${info}\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(page) ?? [];
  if (text === undefined) throw new Error(`no fence of ${info}`);
  return text;
}

describe.each([
  ['litellm', 'yaml'],
  ['portkey', 'json'],
])('the example of the guide for %s', (format, ending) => {
  const page = readFileSync(new URL(`../../docs/migrate-from-${format}.md`, import.meta.url), 'utf8');
  const given = file(`guide-${format}.${ending}`, fenceOf(page, `${ending} ${format}`));

  it('becomes what stands below it', async () => {
    const { text } = await importConfig.run([format, given]);
    expect(text.replaceAll(/^#.*\n\n?/gm, '')).toBe(fenceOf(page, 'yaml made'));
  });

  it('is a configuration that nothing is wrong with', async () => {
    const made = file(`guide-${format}-made.yaml`, fenceOf(page, 'yaml made'));
    const { text } = await check.run([made, '--json']);
    expect(JSON.parse(text).findings.filter(({ severity }: { severity: string }) => severity !== 'note')).toEqual([]);
  });
});
