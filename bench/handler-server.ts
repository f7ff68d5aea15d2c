/**
 * A gateway mounted in a server of `node:http`, in a process of its own, before an upstream whose origin it is given. Sends
 * its port to its parent and ends with it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Gateway } from 'tollgate';

const [origin = ''] = process.argv.slice(2);
const gateway = new Gateway({
  providers: { upstream: { type: 'openai-compatible', apiKey: 'bench', baseURL: `${origin}/v1` } },
  models: { 'bench-model': [{ provider: 'upstream', model: 'bench-model', price: { input: 0.25, output: 2 } }] },
});

const server = createServer((incoming, outgoing) => void serve(incoming, outgoing));
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());

async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const left = new AbortController();
  outgoing.once('close', () => left.abort());
  const { method = 'GET', headers, url = '/' } = incoming;
  const body = method === 'GET' || method === 'HEAD' ? undefined : Readable.toWeb(incoming);
  const init = { method, headers, body, duplex: 'half', signal: left.signal } as RequestInit;
  const response = await gateway.handler(`http://${headers.host}${url}`, init);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  await pipeline(response.body ?? [], outgoing).catch(() => left.abort());
}
