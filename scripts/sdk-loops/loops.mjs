/**
 * Runs every client over every vendor, through the handler on a server and in-process, whole and streamed. Prints a line of JSON
 * for each: what was wrong, or nothing.
 */
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Gateway } from 'tollgate';
import { CLIENTS } from './clients.mjs';
import { LAST_TEXT, stepOf, VENDORS } from './vendors.mjs';

const asked = process.argv.slice(2);
let problems = [];

const upstream = createServer(async (request, response) => {
  let text = '';
  for await (const data of request) text += data;
  const [, name] = request.url.split('/');
  const vendor = VENDORS[name];
  const body = JSON.parse(text);
  const step = stepOf(body);
  const [wanted, found] = [vendor.wanted(step), vendor.found(body)].map((marks) => JSON.stringify(marks));
  if (wanted !== found) problems.push(`step ${step + 1} has ${found} instead of ${wanted}`);
  const isAws = request.url.includes('converse-stream');
  if (!body.stream && !isAws && !request.url.includes('streamGenerateContent'))
    return response.setHeader('content-type', 'application/json').end(JSON.stringify(vendor.whole(step)));
  response.setHeader('content-type', isAws ? 'application/vnd.amazon.eventstream' : 'text/event-stream').end(vendor.stream(step));
});
const origin = await listen(upstream);

const names = Object.keys(VENDORS);
const config = {
  providers: Object.fromEntries(names.map((name) => [name, VENDORS[name].provider(`${origin}/${name}`)])),
  models: Object.fromEntries(names.map((name) => [`${name}-model`, [`${name}/${VENDORS[name].model}`]])),
};
const gateway = new Gateway(config);

const door = createServer(async (incoming, outgoing) => {
  const left = new AbortController();
  outgoing.once('close', () => left.abort());
  const { method, headers, url } = incoming;
  const body = method === 'GET' ? undefined : Readable.toWeb(incoming);
  const response = await gateway.handler(`http://${headers.host}${url}`, {
    ...{ method, headers, body, duplex: 'half' },
    signal: left.signal,
  });
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  await pipeline(response.body ?? [], outgoing).catch(() => left.abort());
});
const baseURL = `${await listen(door)}/v1`;

const DOORS = { server: undefined, 'in-process': (url, init) => gateway.handler(url, init) };
for (const [client, loop] of Object.entries(CLIENTS)) {
  if (asked.length > 0 && !asked.some((word) => client.includes(word))) continue;
  for (const vendor of names) {
    // What a vendor with a Responses API of its own is asked is not translated.
    if (VENDORS[vendor].hasResponses && client.includes('Responses')) continue;
    for (const [door, fetch] of Object.entries(DOORS)) {
      // It is a method of the gateway itself.
      if (client === 'runTools' && fetch === undefined) continue;
      for (const isStream of [false, true])
        await tried(client, vendor, door, isStream, () =>
          loop({ baseURL, fetch, gateway, model: `${vendor}-model`, isStream, maxRetries: 0 }),
        );
    }
  }
}
await triedToRefer();
await gateway.close();
for (const server of [upstream, door]) server.close().closeAllConnections();

/** Items that are not remembered: the error has to say what helps. */
async function triedToRefer() {
  const [client, loop] = Object.entries(CLIENTS).find(([name]) => name.endsWith('Responses'));
  const forgetful = new Gateway({ ...config, turnMemory: false });
  const fetch = (url, init) => forgetful.handler(url, init);
  for (const isStream of [false, true]) {
    problems = [];
    const way = { baseURL, fetch, gateway: forgetful, model: 'claude-model', isStream, maxRetries: 0 };
    const error = await loop(way).catch(({ message }) => message);
    problems = error.includes('store: false') ? [] : [`the error does not name the remedy: ${error}`];
    tell(client, 'claude', `no memory, ${isStream ? 'streamed' : 'whole'}`);
  }
  await forgetful.close();
}

async function tried(client, vendor, door, isStream, loop) {
  problems = [];
  const text = await loop().catch((error) => {
    problems.push(`${error.name}: ${error.message}`);
    return LAST_TEXT;
  });
  if (text !== LAST_TEXT) problems.push(`the answer is ${JSON.stringify(text)}`);
  tell(client, vendor, `${door}, ${isStream ? 'streamed' : 'whole'}`);
}

function tell(client, vendor, way) {
  console.log(JSON.stringify({ client, vendor, way, problems }));
}

async function listen(server) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${server.address().port}`;
}
