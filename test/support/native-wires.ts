import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const providers = fileURLToPath(new URL('../../src/providers/', import.meta.url));

/** What is no wire of its own: OpenAI's, what several wires use, and the facts of the types. */
const OTHERS = ['azure', 'chat', 'openai', 'types'];

/** The wires beside OpenAI's, by their folders. */
export const NATIVE_WIRES: readonly string[] = readdirSync(providers, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !OTHERS.includes(entry.name))
  .map(({ name }) => name);

export function filesOfWire(wire: string): string[] {
  return readdirSync(`${providers}${wire}`);
}
