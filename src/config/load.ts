import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { systemReason } from '../core/system-reason.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import type { Environment } from './environment.ts';
import { fillIn } from './fill-in.ts';
import { placeInJson } from './place-in-json.ts';
import { parseYaml } from './yaml.ts';

/**
 * Reads a JSON or YAML configuration, told apart by the file's ending, and fills in `${NAME}` and `${NAME:-default}`.
 * A variable that is not set is reported by `normalise`, together with all else. Throws `ConfigurationError` for a
 * file that cannot be read or parsed.
 */
export function loadConfig(path: string, environment: Environment): unknown {
  const parse = PARSERS.get(extname(path).toLowerCase());
  if (parse === undefined) throw refused(`expected a file that ends in .json, .yaml or .yml: ${path}`);
  return fillIn(parse(readText(path), path), environment);
}

const PARSERS: ReadonlyMap<string, (text: string, path: string) => unknown> = new Map([
  ['.json', parseJson],
  ['.yaml', readYaml],
  ['.yml', readYaml],
]);

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw refused(`cannot read ${path}: ${systemReason(error)}`);
  }
}

// The parsers' own messages quote the text around a mistake, which may be a key; only the place is told.
function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refused(`${path} is not valid JSON${placeInJson(text, error)}`);
  }
}

function readYaml(text: string, path: string): unknown {
  const parsed = parseYaml(text);
  if (parsed.ok) return parsed.value;
  throw refused(`${path} is not valid YAML: ${parsed.mistake}`);
}

function refused(message: string): ConfigurationError {
  return new ConfigurationError([{ path: '', message }]);
}
