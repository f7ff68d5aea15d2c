import { createServer, type IncomingMessage, type Server } from 'node:http';
import net, { type AddressInfo, type TcpNetConnectOpts } from 'node:net';
import tls from 'node:tls';
import { chunk, completion, usageChunk } from '../../support/chat-upstream.ts';

/** Every provider of the snippets, on one real socket: it gives the statuses that it is told, and then answers. */
export interface SnippetUpstream {
  /** Of the next answers; 200 behind them. */
  readonly statuses: number[];
  close(): void;
}

/** Whatever address this process connects to from now on, the upstream of the snippets is there, without TLS. */
export async function startSnippetUpstream(): Promise<SnippetUpstream> {
  const statuses: number[] = [];
  const server = createServer(async (request, response) => {
    const asked = await bodyOf(request);
    const status = statuses.shift() ?? 200;
    const isStream = status === 200 && (asked.stream === true || (request.url ?? '').includes('streamGenerateContent'));
    response.writeHead(status, { 'content-type': isStream ? 'text/event-stream' : 'application/json' });
    response.end(
      status === 200 ? answerTo(request.url ?? '', asked) : JSON.stringify(refusal(status, request.headers.authorization)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  leadTo(server);
  return { statuses, close: () => server.close() };
}

/** The HTTP clients of this process connect by these two functions. */
function leadTo(server: Server): void {
  const { port } = server.address() as AddressInfo;
  const connect = net.connect.bind(net) as (options: TcpNetConnectOpts) => net.Socket;
  const here = () => connect({ host: '127.0.0.1', port });
  net.connect = here as typeof net.connect;
  tls.connect = (() => {
    const socket = here();
    socket.once('connect', () => socket.emit('secureConnect'));
    return socket;
  }) as unknown as typeof tls.connect;
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const piece of request.setEncoding('utf8')) text += piece;
  return text === '' ? {} : JSON.parse(text);
}

/** As one that repeats what it was sent. */
function refusal(status: number, key = '') {
  return { error: { message: `not now, ${key}`, type: 'server_error', code: status === 400 ? 'invalid_prompt' : null } };
}

const TEXT = 'Hello.';

function answerTo(path: string, asked: Record<string, unknown>): string {
  if (path.includes('/messages')) return JSON.stringify(ANTHROPIC);
  if (path.includes('GenerateContent')) return `data: ${JSON.stringify(googlePart(asked))}\n\n`;
  if (path.includes('/responses')) return JSON.stringify(RESPONSE);
  const answer = completion(TEXT, { model: asked.model });
  if (asked.stream !== true) return JSON.stringify(answer);
  const events = [chunk({ role: 'assistant', content: TEXT }), chunk({}, 'stop'), usageChunk()];
  return [...events.map((event) => `data: ${JSON.stringify(event)}\n\n`), 'data: [DONE]\n\n'].join('');
}

const ANTHROPIC = {
  type: 'message',
  role: 'assistant',
  id: 'msg_1',
  model: 'claude-haiku-4-5',
  stop_reason: 'end_turn',
  content: [
    { type: 'thinking', thinking: 'A greeting.', signature: 'c2ln' },
    { type: 'text', text: TEXT },
  ],
  usage: { input_tokens: 10, output_tokens: 5 },
};

const RESPONSE = {
  id: 'resp_1',
  object: 'response',
  created_at: 0,
  status: 'completed',
  model: 'gpt-5-mini',
  output: [
    {
      type: 'message',
      id: 'msg_1',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: TEXT, annotations: [] }],
    },
  ],
  usage: { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
};

/** The first of two parts, and the second if the call brings what the first gave. */
function googlePart({ continuationToken }: Record<string, unknown>) {
  const isSecond = continuationToken === 'second';
  const end = isSecond ? { finishReason: 'STOP' } : { finishReason: 'CONTINUATION', continuationToken: 'second' };
  const content = { role: 'model', parts: [{ text: isSecond ? 'lo.' : 'Hel' }] };
  return {
    candidates: [{ index: 0, content, ...end }],
    usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
  };
}
