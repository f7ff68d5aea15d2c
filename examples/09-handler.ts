// OpenAI's HTTP API over the gateway: `handler` takes a Request and gives a Response, here behind node:http.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import OpenAI from 'openai';
import { Gateway } from 'tollgate';
import { startUpstream } from './upstream.ts';

const upstream = await startUpstream('lab');
const gateway = new Gateway({
  providers: { lab: { type: 'openai-compatible', apiKey: 'key', baseURL: upstream.baseURL } },
  models: { fast: ['lab/small'] },
});

const server = createServer(async (incoming, outgoing) => {
  // A client that leaves closes its connection: its call ends then, and costs no more.
  const left = new AbortController();
  outgoing.once('close', () => left.abort());
  const { method = 'GET', url = '/', headers } = incoming;
  const body = method === 'GET' || method === 'HEAD' ? undefined : Readable.toWeb(incoming);
  const init = { method, headers, body, duplex: 'half', signal: left.signal };
  const response = await gateway.handler(`http://${headers.host}${url}`, init);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  await pipeline(response.body ?? [], outgoing).catch(() => left.abort());
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

const { port } = server.address() as AddressInfo;
const client = new OpenAI({ apiKey: 'unused', baseURL: `http://127.0.0.1:${port}/any/prefix/v1` });
const { data, response } = await client.chat.completions
  .create({ model: 'fast', messages: [{ role: 'user', content: 'hello' }] })
  .withResponse();
console.log(data.choices[0]?.message.content);
console.log(`served by ${response.headers.get('x-tollgate-deployment')}`);
const refused = client.chat.completions.create({ model: 'fast', messages: [] });
await refused.catch((error) => console.log(`${error.status} ${error.code}`));
server.close();
await gateway.close();
upstream.close();
