/**
 * A provider that takes its time: each answer of chat completions comes after so many milliseconds. In a process of its own;
 * sends its port to its parent and ends with it.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openAiAnswers } from './answers.ts';

const delayMs = Number(process.argv[2]);
const { whole } = openAiAnswers;

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    setTimeout(() => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.byteLength }).end(whole);
    }, delayMs);
  });
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
