import type { Environment } from '../config/environment.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import { loadConfig } from '../config/load.ts';
import { fileAtLoad } from '../config/watch.ts';
import { Composition } from './composition/composition.ts';
import { GatewayCore } from './gateway-core.ts';

/** What all clones of a gateway share, of a configuration or the path of one. Throws `ConfigurationError` naming every wrong path. */
export function constructCore(config: GatewayConfig | string, environment: Environment): GatewayCore {
  if (typeof config !== 'string') return new GatewayCore(new Composition(config), undefined);
  const file = fileAtLoad(config);
  return new GatewayCore(new Composition(loadConfig(config, environment)), file);
}
