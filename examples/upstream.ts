import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Upstream {
  /** Base URL of OpenAI's wire. */
  readonly baseURL: string;
  /** Status of the answers from now on; 200 at first. */
  status: number;
  close(): void;
}

/** A provider on loopback that speaks OpenAI's chat completions and says which model was asked what. */
export async function startUpstream(name: string): Promise<Upstream> {
  const server = createServer(async (request, response) => {
    const { model, messages } = JSON.parse(await textOf(request));
    const content = `${name}/${model} heard: ${messages.at(-1).content}`;
    const choices = [{ index: 0, message: { role: 'assistant', content, refusal: null }, finish_reason: 'stop', logprobs: null }];
    const usage = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 };
    const answer = { id: 'chatcmpl-1', object: 'chat.completion', created: 0, model, choices, usage };
    const error = { error: { message: 'not now', type: 'server_error', code: null } };
    response.writeHead(upstream.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(upstream.status === 200 ? answer : error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const upstream: Upstream = { baseURL: `http://127.0.0.1:${port}/v1`, status: 200, close: () => void server.close() };
  return upstream;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of request.setEncoding('utf8')) text += piece;
  return text;
}
