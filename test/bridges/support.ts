import { Gateway, type GatewayConfig } from 'tollgate';
import { onTestFinished } from 'vitest';
import { type FaultExchange, type FaultServer, startFaultServer } from '../support/fault-server.ts';
import { type Exchange, responseBytes } from '../support/fixtures.ts';

export interface Upstream {
  readonly server: FaultServer;
  readonly gateway: Gateway;
  /** Body of a request that arrived; the last one if no position is given. */
  sent(position?: number): Record<string, unknown>;
}

/** A gateway whose one provider speaks Anthropic's wire to a loopback server that answers by `script`. */
export async function anthropicUpstream(
  script: (exchange: FaultExchange) => void | Promise<void>,
  config: (origin: string) => GatewayConfig = (origin) => ({
    providers: { anthropic: { apiKey: 'sk-ant-test', baseURL: origin } },
  }),
): Promise<Upstream> {
  const server = await startFaultServer(script);
  const gateway = new Gateway(config(server.origin));
  onTestFinished(async () => {
    await gateway.close({ deadlineMs: 0 });
    await server.close();
  });
  return {
    server,
    gateway,
    sent: (position = -1) => JSON.parse(String(server.requests.at(position)?.body)),
  };
}

/** A recorded answer, byte for byte. */
export async function replay(exchange: FaultExchange, recorded: Exchange): Promise<void> {
  const bytes = responseBytes(recorded);
  if (!recorded.stream) return exchange.answer(recorded.response.status, bytes);
  await exchange.sseHead();
  await exchange.chunk(bytes);
  await exchange.lastChunk();
}

/** A whole message as Anthropic's API gives it. */
export function message(content: unknown[], extra: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 'msg_01',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content,
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 20, output_tokens: 9, cache_read_input_tokens: 100, cache_creation_input_tokens: 4 },
    ...extra,
  };
}

type Block = { type: string } & Record<string, unknown>;

/** The events of a streamed message: each block with the deltas that fill it. */
export function events(blocks: readonly (readonly [Block, ...Block[]])[], stopReason = 'end_turn'): unknown[] {
  const start = { ...message([]), stop_reason: null, usage: { input_tokens: 20, output_tokens: 1 } };
  return [
    { type: 'message_start', message: start },
    ...blocks.flatMap(([content_block, ...deltas], index) => [
      { type: 'content_block_start', index, content_block },
      ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: { stop_reason: stopReason, stop_sequence: null }, usage: { output_tokens: 9 } },
    { type: 'message_stop' },
  ];
}

export async function stream(exchange: FaultExchange, items: readonly unknown[]): Promise<void> {
  await exchange.sseHead();
  await exchange.sse(...items);
  await exchange.lastChunk();
}
