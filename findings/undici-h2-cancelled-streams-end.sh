#!/usr/bin/env bash
# One expects: an answer over HTTP/2 whose stream the server resets before its end (RST_STREAM, no END_STREAM) is an error for who
# reads it, whatever the reset's code, as a socket cut inside of a body is over HTTP/1, and as curl says it (exit 92).
# What happens: undici ends the body as if it were whole if the code is CANCEL: `text()` resolves, `for await` ends, `response.ok` is true.
# With INTERNAL_ERROR or REFUSED_STREAM it is an error. Beneath it node:http2 emits no error for CANCEL either, but keeps it in `rstCode`,
# which nobody of undici's callers sees. An LLM's stream of events has no length: half an answer, without finish_reason, usage and [DONE],
# reads like one that came to its end. (A server of node:http2 whose `stream.close(code)` is called half closes first, and proves nothing:
# here the frames are written by hand.)
# Seen with undici 8.13.1, the newest on npm on 2026-11-29, and Node 24.21.0, over HTTP/2 without TLS.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund undici@8.13.1 node@24.21.0
cat > seen.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { Agent, fetch, request } from 'undici';

const [DATA, HEADERS, RST_STREAM, SETTINGS] = [0, 1, 3, 4];
const frame = (type, flags, stream, payload) => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
};
// HPACK: `:status 200` is entry 8 of the static table, `content-type` is entry 31.
const head = Buffer.concat([Buffer.from([0x88, 0x0f, 0x10, 17]), Buffer.from('text/event-stream')]);
const piece = Buffer.from('data: {"choices":[{"index":0,"delta":{"content":"You may take both, but "},"finish_reason":null}]}\n\n');

let code = 0;
const server = createServer((socket) => {
  let bytes = Buffer.alloc(0);
  let skipped = 24; // The preface of the connection.
  socket.on('error', () => {});
  socket.write(frame(SETTINGS, 0, 0, Buffer.alloc(0)));
  socket.on('data', (more) => {
    bytes = Buffer.concat([bytes, more]);
    if (bytes.length < skipped) return;
    bytes = bytes.subarray(skipped);
    skipped = 0;
    while (bytes.length >= 9 && bytes.length >= 9 + bytes.readUIntBE(0, 3)) {
      const [type, flags, stream] = [bytes[3], bytes[4], bytes.readUInt32BE(5)];
      bytes = bytes.subarray(9 + bytes.readUIntBE(0, 3));
      if (type === SETTINGS && (flags & 1) === 0) socket.write(frame(SETTINGS, 1, 0, Buffer.alloc(0)));
      if (type !== HEADERS) continue;
      socket.write(Buffer.concat([frame(HEADERS, 4, stream, head), frame(DATA, 0, stream, piece)]));
      const word = Buffer.from([0, 0, 0, code]);
      setTimeout(() => socket.write(frame(RST_STREAM, 0, stream, word)), 100);
    }
  });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${server.address().port}/v1/chat/completions`;

const readWith = async (read) => {
  const dispatcher = new Agent({ allowH2: true, useH2c: true });
  try {
    return `${(await read(dispatcher)).length} characters and a regular end`;
  } catch (error) {
    return `an error (${error.code ?? error.cause?.code})`;
  } finally {
    await dispatcher.destroy();
  }
};
const { version } = JSON.parse(readFileSync('node_modules/undici/package.json', 'utf8'));
const seen = {};
for (const [name, value] of Object.entries({ INTERNAL_ERROR: 2, REFUSED_STREAM: 7, CANCEL: 8 })) {
  code = value;
  const fetched = await readWith(async (dispatcher) => (await fetch(url, { dispatcher })).text());
  const requested = await readWith(async (dispatcher) => (await request(url, { dispatcher })).body.text());
  seen[name] = [fetched, requested];
  console.log(`undici ${version}, stream reset with ${name}: fetch: ${fetched}; request: ${requested}`);
}
const isEnd = (name) => seen[name].every((outcome) => outcome.endsWith('regular end'));
process.exit(isEnd('CANCEL') && !isEnd('INTERNAL_ERROR') && !isEnd('REFUSED_STREAM') ? 0 : 1);
JS
npx node seen.mjs
