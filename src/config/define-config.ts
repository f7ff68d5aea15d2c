import type { GatewayConfig } from './gateway-config.ts';

/** Types a configuration in an editor; returns it as it is. */
export function defineConfig(config: GatewayConfig): GatewayConfig {
  return config;
}
