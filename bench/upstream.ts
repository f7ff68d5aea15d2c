/**
 * The upstream of the benchmarks, in a process of its own so that its time is not measured: answers OpenAI's chat
 * completions whole, or as a stream of 200 chunks, one write each. Sends its port to its parent and ends with it.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CHUNKS_PER_STREAM } from './upstream-facts.ts';

const TEXT = 'The gateway answers each call through one line of steps, and every step is a function of its own. ';
const HEAD = { id: 'chatcmpl-bench', created: 1_700_000_000, model: 'bench-model' };
const USAGE = {
  prompt_tokens: 80,
  completion_tokens: 200,
  total_tokens: 280,
  prompt_tokens_details: { cached_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0 },
};

const wholeAnswer = Buffer.from(
  JSON.stringify({
    ...HEAD,
    object: 'chat.completion',
    choices: [
      { index: 0, message: { role: 'assistant', content: TEXT.repeat(8), refusal: null }, finish_reason: 'stop', logprobs: null },
    ],
    usage: USAGE,
  }),
);

const wholeHeaders = { 'content-type': 'application/json', 'content-length': wholeAnswer.byteLength };

const streamedAnswer = [
  event({ role: 'assistant', content: '' }),
  ...Array.from({ length: CHUNKS_PER_STREAM - 2 }, () => event({ content: 'token ' })),
  event({}, 'stop'),
];
const usageEvent = toEvent({ ...HEAD, object: 'chat.completion.chunk', choices: [], usage: USAGE });
const doneEvent = Buffer.from('data: [DONE]\n\n');

function event(delta: object, finishReason: string | null = null): Buffer {
  return toEvent({
    ...HEAD,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: finishReason, logprobs: null }],
  });
}

function toEvent(chunk: object): Buffer {
  return Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`);
}

// As little as can be done for a request, so that it is the client that the other one waits for.
const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('latin1');
  request.on('data', (text: string) => {
    body += text;
  });
  request.on('end', () => {
    if (body.includes('"stream":true')) sendStream(response, body.includes('"include_usage":true'));
    else response.writeHead(200, wholeHeaders).end(wholeAnswer);
  });
});

function sendStream(response: ServerResponse, withUsage: boolean): void {
  const events = withUsage ? [...streamedAnswer, usageEvent, doneEvent] : [...streamedAnswer, doneEvent];
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  let next = 0;
  const send = () => {
    const bytes = events[next];
    next += 1;
    if (bytes === undefined) return void response.end();
    response.write(bytes);
    setImmediate(send);
  };
  send();
}

// Clients are compared, not their luck with sockets that the server closes.
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
