/** Where a provider is. */
export interface Server {
  readonly address: string;
  readonly port: number;
}

/** More are looked at anew: a provider of the user's own may tell another origin each time. */
const MOST_SERVERS = 1_000;

const servers = new Map<string, Server>();

/** The server at an origin; undefined for one that is no address. */
export function serverOf(origin: string | undefined): Server | undefined {
  if (origin === undefined) return undefined;
  const known = servers.get(origin);
  if (known !== undefined) return known;
  if (!URL.canParse(origin)) return undefined;
  const { hostname, port, protocol } = new URL(origin);
  const server = { address: hostname, port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port) };
  if (servers.size >= MOST_SERVERS) servers.clear();
  servers.set(origin, server);
  return server;
}
