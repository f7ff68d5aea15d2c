/** Headers of proxies: a request that has one came from somewhere else, whatever address the last hop had. */
const OF_PROXIES = [
  ...['forwarded', 'via', 'x-real-ip', 'x-client-ip'],
  ...['x-cluster-client-ip', 'x-original-host', 'x-original-forwarded-for', 'true-client-ip', 'fastly-client-ip'],
  ...['cf-connecting-ip', 'cf-ray', 'fly-client-ip', 'x-appengine-user-ip', 'x-envoy-external-address', 'x-azure-clientip'],
];

/**
 * Whether a request comes from this machine, as far as it can be told: its address names the loopback (a page that was
 * rebound to 127.0.0.1 still asks for its own name), no proxy has passed it on, no foreign page sent it, and the peer of its
 * socket, if the server adapter hands that over, is the loopback too.
 */
export function isOverLoopback(request: Request, context: unknown): boolean {
  const { headers, url } = request;
  if (!isLoopbackName(new URL(url).hostname)) return false;
  if (OF_PROXIES.some((name) => headers.has(name))) return false;
  if ([...headers.keys()].some((name) => name.startsWith('x-forwarded-'))) return false;
  const host = headers.get('host');
  if (host !== null && !isLoopbackName(hostnameOf(`http://${host}`))) return false;
  const origin = headers.get('origin');
  if (origin !== null && !isLoopbackName(hostnameOf(origin))) return false;
  const site = headers.get('sec-fetch-site');
  if (site === 'cross-site') return false;
  const peer = peerOf(context);
  return peer === undefined || isLoopbackAddress(peer);
}

function hostnameOf(address: string): string {
  return URL.canParse(address) ? new URL(address).hostname : '';
}

function isLoopbackName(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || isLoopbackAddress(hostname);
}

function isLoopbackAddress(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, '').replace(/^::ffff:/i, '');
  return bare === '::1' || /^127(?:\.\d{1,3}){3}$/.test(bare);
}

/**
 * The other end of the socket, in the forms of the second arguments that adapters pass: a Node request or an object that has
 * one (`incoming` of @hono/node-server, `req`), Deno's `remoteAddr`.
 */
function peerOf(context: unknown): string | undefined {
  const socket = at(context, 'socket') ?? at(at(context, 'incoming'), 'socket') ?? at(at(context, 'req'), 'socket');
  const address = at(socket, 'remoteAddress') ?? at(at(context, 'remoteAddr'), 'hostname') ?? at(context, 'remoteAddress');
  return typeof address === 'string' ? address : undefined;
}

function at(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
