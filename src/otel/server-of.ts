/** Where a provider is. */
export interface Server {
  readonly address: string;
  readonly port: number;
}

/** As many as there are configured providers. */
const servers = new Map<string, Server>();

/** The server at an origin; undefined for one that tells of none: a provider of the user's own may tell anything. */
export function serverOf(origin: string | undefined): Server | undefined {
  if (origin === undefined) return undefined;
  const known = servers.get(origin);
  if (known !== undefined) return known;
  if (!URL.canParse(origin)) return undefined;
  const { hostname, port, protocol } = new URL(origin);
  const server = { address: hostname, port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port) };
  servers.set(origin, server);
  return server;
}
