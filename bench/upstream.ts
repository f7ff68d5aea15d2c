/**
 * The upstream of the benchmarks, in a process of its own so that its time is not measured: answers OpenAI's chat
 * completions, Anthropic's messages and Gemini's `generateContent`, whole or as a stream: of one write for each event, or below
 * `/at-once` of one for all. Below `/long` whole answers of OpenAI have 2 KB.
 * Sends its port to its parent and ends with it.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answers, anthropicAnswers, geminiAnswers, longOpenAiAnswers, openAiAnswers } from './answers.ts';
import { AT_ONCE, LONG } from './upstream-facts.ts';

// As little as can be done for a request, so that it is the client that the other one waits for.
const server = createServer((request, response) => {
  const { url = '' } = request;
  let body = '';
  request.setEncoding('latin1');
  request.on('data', (text: string) => {
    body += text;
  });
  request.on('end', () => {
    const answers = answersAt(url);
    const isStream = url.includes(':streamGenerateContent') || body.includes('"stream":true');
    const events = isStream ? answers.events(body.includes('"include_usage":true')) : [];
    if (isStream) sendStream(response, url.startsWith(AT_ONCE) ? [Buffer.concat(events)] : events);
    else sendWhole(response, answers.whole);
  });
});

function answersAt(url: string): Answers {
  if (url.includes('/messages')) return anthropicAnswers;
  if (url.includes('enerateContent')) return geminiAnswers;
  return url.startsWith(LONG) ? longOpenAiAnswers : openAiAnswers;
}

function sendWhole(response: ServerResponse, answer: Buffer): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.byteLength }).end(answer);
}

function sendStream(response: ServerResponse, events: readonly Buffer[]): void {
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
