import type { Vendor } from './vendor.ts';
import { CLOUDS_AND_GATEWAYS } from './vendors/clouds-and-gateways.ts';
import { HOSTS } from './vendors/hosts.ts';
import { MODEL_MAKERS } from './vendors/model-makers.ts';
import { OWN_SERVERS } from './vendors/own-servers.ts';
import { toVendor } from './vendors/row.ts';

/** Every vendor that speaks OpenAI's wire, by its type in the configuration. */
export const vendors: ReadonlyMap<string, Vendor> = new Map(
  [...MODEL_MAKERS, ...CLOUDS_AND_GATEWAYS, ...HOSTS, ...OWN_SERVERS].map((row) => [row.type, toVendor(row)]),
);
