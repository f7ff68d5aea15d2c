import { readEnvironment } from '../config/environment.ts';
import type { Plan } from '../core/plan.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { planToRead } from '../gateway/composition/plan-to-read.ts';
import { CommandError } from './command-error.ts';
import { readConfig } from './read-config.ts';
import { standInKeys, withStandIns } from './stand-ins.ts';

/**
 * The plan of a configuration in a file, to look at: without keys, without what is not set on this machine, and with
 * nothing opened. Throws `CommandError` naming all that is wrong with it.
 */
export async function planOfFile(path: string): Promise<Plan> {
  try {
    return await planToRead(withStandIns(await readConfig(path, readEnvironment())), standInKeys());
  } catch (error) {
    if (error instanceof ConfigurationError) throw new CommandError(problemsOf(error, path));
    throw error;
  }
}

/** All that is wrong, in one line. */
export function problemsOf({ issues }: ConfigurationError, path: string): string {
  const problems = issues.map((issue) => (issue.path === '' ? issue.message : `${issue.path}: ${issue.message}`));
  // What could not be read at all names the file already.
  return problems[0]?.includes(path) ? problems.join(' | ') : `${path} is no valid configuration: ${problems.join(' | ')}`;
}
