#!/usr/bin/env bash
# One expects: an interim answer changes nothing: a client "MUST be able to parse one or more 1xx responses received prior to a final
# response, even if the client does not expect one" (RFC 9110, 15.2).
# What happens: undici takes 102 and 103 as that, but at a 100 that was not asked for it destroys the socket with "bad response", so
# that the request, which the server goes on to serve (and, for an LLM, to bill), fails. node:http reads the answer behind all three.
# Seen with undici 8.13.1, the newest on npm on 2026-11-29, and Node 24.21.0.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund undici@8.13.1 node@24.21.0
cat > seen.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { request as nodeRequest } from 'node:http';
import { createServer } from 'node:net';
import { Agent, fetch } from 'undici';

let interim = '';
const server = createServer((socket) => {
  socket.on('error', () => {});
  socket.once('data', () => {
    socket.write(`HTTP/1.1 ${interim}\r\n\r\n`);
    setTimeout(() => socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}'), 50);
  });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address();
const url = `http://127.0.0.1:${port}/v1/chat/completions`;
const method = 'POST';

const withUndici = async () => {
  const dispatcher = new Agent();
  try {
    const response = await fetch(url, { method, body: '{}', dispatcher });
    return `${response.status} ${await response.text()}`;
  } catch (error) {
    return `${error.message} (${error.cause?.code}: ${error.cause?.message})`;
  } finally {
    await dispatcher.destroy();
  }
};
const withNode = () =>
  new Promise((resolve) => {
    const sent = nodeRequest(url, { method, agent: false }, (response) => {
      let text = '';
      response.on('data', (piece) => (text += piece));
      response.on('end', () => resolve(`${response.statusCode} ${text}`));
    });
    sent.on('error', (error) => resolve(error.message));
    sent.end('{}');
  });

const { version } = JSON.parse(readFileSync('node_modules/undici/package.json', 'utf8'));
const seen = {};
for (interim of ['100 Continue', '102 Processing', '103 Early Hints']) {
  seen[interim] = [await withUndici(), await withNode()];
  console.log(`${interim} before the answer: undici ${version}: ${seen[interim][0]}; node:http: ${seen[interim][1]}`);
}
const [hinted, asNode] = [seen['103 Early Hints'], seen['100 Continue'][1]];
process.exit(seen['100 Continue'][0].includes('UND_ERR_SOCKET') && hinted[0] === '200 {}' && asNode === '200 {}' ? 0 : 1);
JS
npx node seen.mjs
