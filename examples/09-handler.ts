// OpenAI's HTTP API over the gateway: `handler` takes a Request and gives a Response, here behind node:http.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import OpenAI from 'openai';
import { Gateway } from 'tollgate';
import { startUpstream } from './upstream.ts';

const upstream = await startUpstream('lab');
const gateway = new Gateway({
  providers: { lab: { type: 'openai-compatible', apiKey: 'key', baseURL: upstream.baseURL } },
  models: { fast: ['lab/small'] },
});

const server = createServer(async (incoming, outgoing) => {
  const { method = 'GET', url = '/', headers } = incoming;
  const body = method === 'GET' || method === 'HEAD' ? undefined : Readable.toWeb(incoming);
  const init = { method, headers: headers as Record<string, string>, body, duplex: 'half' };
  const response = await gateway.handler(`http://${headers.host}${url}`, init);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  for await (const bytes of response.body ?? []) outgoing.write(bytes);
  outgoing.end();
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

const { port } = server.address() as AddressInfo;
const client = new OpenAI({ apiKey: 'unused', baseURL: `http://127.0.0.1:${port}/any/prefix/v1` });
const { data, response } = await client.chat.completions
  .create({ model: 'fast', messages: [{ role: 'user', content: 'hello' }] })
  .withResponse();
console.log(data.choices[0]?.message.content);
console.log(`served by ${response.headers.get('x-tollgate-deployment')}`);
await client.chat.completions
  .create({ model: 'fast', messages: [] })
  .catch((error) => console.log(`${error.status} ${error.code}`));
server.close();
await gateway.close();
upstream.close();
