import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fieldOf, isContainer, itemsOf } from '../config/containers.ts';
import { parseYaml } from '../config/yaml.ts';
import { systemReason } from '../core/system-reason.ts';
import { vendorFacts } from '../gateway/composition/provider-types.ts';
import { readArguments, suggestion } from './arguments.ts';
import type { Command } from './command.ts';
import { CommandError } from './command-error.ts';
import { Draft, type Imported } from './import/draft.ts';
import { importLitellm } from './import/litellm.ts';
import { importPortkey } from './import/portkey.ts';
import { toYaml } from './import/to-yaml.ts';
import { withIncluded } from './import/with-included.ts';
import { oneFile } from './one-file.ts';

const HELP = `Usage: tollgate import <litellm | portkey> <file> [--model <name>] [--json]

Turns the configuration of another gateway into one of Tollgate's, in YAML on standard output. What does not map stands
above it as comments. Keys are never repeated: if the file holds one, a variable stands in its place.

  litellm         a config.yaml of LiteLLM's proxy, or model_list and router_settings of its Router;
                  the files that it includes are read as well
  portkey         a config in JSON

  --model <name>  portkey: the model that the config becomes; default: default
  --json          prints { config, notes } as JSON
  --help          prints this

Ends with 0; with 2 if the file cannot be read.
`;

interface Format {
  readonly convert: (file: object, draft: Draft, model: string) => Imported;
  /** A file that has none of these is another one. */
  readonly marks: readonly string[];
  /** One of them, if it has to be a list with something in it. */
  readonly list?: string;
  /** Brings in the files that one names. */
  readonly whole?: typeof withIncluded;
}

const FORMATS: ReadonlyMap<string, Format> = new Map<string, Format>([
  ['litellm', { convert: importLitellm, marks: ['model_list'], list: 'model_list', whole: withIncluded }],
  ['portkey', { convert: importPortkey, marks: ['targets', 'provider', 'virtual_key', 'strategy'] }],
]);

/** Configurations of other gateways as Tollgate's. */
export const importConfig: Command = {
  help: HELP,
  async run(args) {
    const { values, positionals } = readArguments(args, { model: { type: 'string' }, json: { type: 'boolean' } });
    const [format, ...paths] = positionals;
    if (format === undefined) throw new CommandError('name a format and a file, as in: tollgate import litellm config.yaml');
    const found = FORMATS.get(format);
    if (found === undefined) {
      const known = [...FORMATS.keys()].join(', ');
      throw new CommandError(`unknown format '${format}', expected one of ${known}${suggestion(format, FORMATS.keys())}`);
    }
    const path = oneFile(paths, `tollgate import ${format} config.${format === 'litellm' ? 'yaml' : 'json'}`);
    const draft = new Draft(vendorFacts());
    const written = read(path);
    const source = found.whole?.(written, path, read, draft) ?? written;
    if (!found.marks.some((mark) => fieldOf(source, mark) !== undefined)) {
      throw new CommandError(`${path} is no configuration of ${format}: expected ${found.marks.join(' or ')}`);
    }
    if (found.list !== undefined && itemsOf(fieldOf(source, found.list)).length === 0)
      throw new CommandError(`${path}: ${found.list}: expected a list of models`);
    const imported = found.convert(source, draft, values.model ?? 'default');
    return { text: values.json ? `${JSON.stringify(imported, null, 2)}\n` : toYaml(imported, path), exitCode: 0 };
  },
};

/** YAML 1.2 holds JSON, so that one parser reads both. */
function read(path: string): object {
  const parsed = parseYaml(textOf(path));
  const kind = extname(path).toLowerCase() === '.json' ? 'JSON' : 'YAML';
  if (!parsed.ok) throw new CommandError(`${path} is not valid ${kind}: ${parsed.mistake}`);
  if (isContainer(parsed.value) && !Array.isArray(parsed.value)) return parsed.value;
  throw new CommandError(`${path} holds no configuration: expected an object`);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw new CommandError(`cannot read ${path}: ${systemReason(error)}`);
  }
}
