import { check } from '../../src/cli/check.ts';
import { importConfig } from '../../src/cli/import.ts';
import { file } from './command-process.ts';

export interface Imported {
  readonly config: Record<string, unknown> & { models: Record<string, unknown>; providers: Record<string, unknown> };
  readonly notes: readonly { path: string; message: string }[];
}

let files = 0;

/** What `tollgate import --json` makes of a text. */
export async function imported(format: string, text: string): Promise<Imported> {
  files += 1;
  const path = file(`import-${files}.${format === 'litellm' ? 'yaml' : 'json'}`, text);
  return JSON.parse((await importConfig.run([format, path, '--json'])).text) as Imported;
}

/** Every import must be a configuration that a gateway takes. */
export async function errorsOf({ config }: Imported): Promise<string[]> {
  files += 1;
  const { text } = await check.run([file(`made-${files}.json`, JSON.stringify(config)), '--json']);
  const { findings } = JSON.parse(text) as { findings: { severity: string; path: string; message: string }[] };
  return findings.filter(({ severity }) => severity === 'error').map(({ path, message }) => `${path}: ${message}`);
}
