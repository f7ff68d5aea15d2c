import { writeYaml } from '../../config/yaml.ts';
import type { Imported } from './draft.ts';

/** The configuration as YAML, with what was not carried over as comments above it. */
export function toYaml({ config, notes }: Imported, origin: string): string {
  const head = [`Made by \`tollgate import\` of ${origin}. Then: tollgate check <this file>`];
  const list =
    notes.length === 0 ? [] : ['', 'Not carried over as it was:', ...notes.map(({ path, message }) => `- ${path}: ${message}`)];
  const comments = [...head, ...list].map((line) => `# ${line.replaceAll(/[\s\p{Cc}]+/gu, ' ')}`.trimEnd());
  return `${comments.join('\n')}\n\n${writeYaml(config)}`;
}
