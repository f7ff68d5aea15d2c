import { isContainer } from '../config/containers.ts';
import { readEnvironment } from '../config/environment.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { Composition } from '../gateway/composition/composition.ts';
import { GatewayCore } from '../gateway/gateway-core.ts';
import type { Store } from '../stores/store.ts';
import { CommandError } from './command-error.ts';
import { problemsOf } from './plan-of-file.ts';
import { readConfig } from './read-config.ts';
import { standInKeys, withStandIns } from './stand-ins.ts';

/** What refreshes or follows something by itself has no place in a command. */
const LEFT_OUT: ReadonlySet<string> = new Set(['watch', 'priceUpdates', 'cache', 'store']);

/**
 * What stands behind a gateway of the configuration in a file, without keys of providers and without what is not set on this
 * machine. Its counters are those of the `configured` store, empty ones in `memory`, or those of an open store, which is
 * closed with it. Throws `CommandError` naming all that is wrong with the file.
 */
export async function coreOfFile(path: string, counters: 'configured' | 'memory' | Store): Promise<GatewayCore> {
  try {
    const config = withStandIns(await readConfig(path, readEnvironment()));
    const sections = isContainer(config) ? Object.entries(config) : [];
    const kept = sections.filter(([name]) => !LEFT_OUT.has(name) || (name === 'store' && counters === 'configured'));
    const store = typeof counters === 'string' ? {} : { store: counters };
    return new GatewayCore(new Composition({ ...Object.fromEntries(kept), ...store }, standInKeys()), undefined);
  } catch (error) {
    if (error instanceof ConfigurationError) throw new CommandError(problemsOf(error, path));
    throw error;
  }
}
