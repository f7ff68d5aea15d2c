import type { Provider } from 'tollgate';
import { anthropicProvider } from '../../src/providers/anthropic/provider.ts';
import { bedrockProvider } from '../../src/providers/bedrock/provider.ts';
import { cohereProvider } from '../../src/providers/cohere/provider.ts';
import { googleProvider } from '../../src/providers/google/provider.ts';
import { vendors } from '../../src/providers/open-ai-wire-provider.ts';
import { openAiProvider } from '../../src/providers/openai/provider.ts';
import type { ProviderParts } from '../../src/providers/wire-provider.ts';
import { frame, recordedBytes } from '../support/event-frames.ts';
import { readExchange } from '../support/fixtures.ts';

/** A recorded answer of one wire, and how that wire says that something went wrong. */
export interface RecordedStream {
  readonly wire: string;
  readonly bytes: Buffer;
  readonly contentType: string;
  /** Where the wire begins to say that the answer is complete. */
  readonly lastWords: string;
  readonly errorEvent: Uint8Array;
  readonly malformed: Uint8Array;
  createProvider(parts: ProviderParts): Provider;
}

export const FAULTS = ['reset', 'end', 'stall', 'error event', 'malformed'] as const;
export type Fault = (typeof FAULTS)[number];

/** What follows the cut on the wire; nothing for the faults of the connection. */
export function injected(stream: RecordedStream, fault: Fault): Uint8Array {
  if (fault === 'error event') return stream.errorEvent;
  return fault === 'malformed' ? stream.malformed : Buffer.alloc(0);
}

const EVENT_STREAM = 'text/event-stream';
const openAi = vendors.get('openai');
if (openAi === undefined) throw new Error('the vendors have no openai');

function serverSent(
  wire: string,
  file: string,
  lastWords: string,
  errorEvent: string,
  createProvider: RecordedStream['createProvider'],
): RecordedStream {
  return {
    wire,
    bytes: recordedBytes(readExchange(file)),
    contentType: EVENT_STREAM,
    lastWords,
    // The blank line ends whatever event was cut.
    errorEvent: Buffer.from(`\n\n${errorEvent}\n\n`),
    malformed: Buffer.from('\n\ndata: {"broken\n\n'),
    createProvider,
  };
}

export const recordedStreams: readonly RecordedStream[] = [
  serverSent(
    'openai',
    'openai/chat-completions.agent-run-streaming.0.87d12e.json',
    '"finish_reason":"stop"',
    'data: {"error":{"message":"busy","type":"server_error","code":"server_overloaded"}}',
    (parts) => openAiProvider(openAi, parts),
  ),
  serverSent(
    'anthropic',
    'anthropic/messages.function-calling-anthropic-claude-haiku-4-5-can-use-tools-without-para.3.85ea5c.json',
    'message_stop',
    'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
    anthropicProvider,
  ),
  serverSent(
    'google',
    'google/streamgeneratecontent.googlethinking-gemini-2-5-pro-thinking-streaming.0.fabb29.json',
    '"finishReason"',
    'data: {"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}}',
    googleProvider,
  ),
  serverSent(
    'cohere',
    'cohere/chat.function-calling-cohere-command-a-03-2025-can-use-tools-without-parame.3.ff8ebf.json',
    'message-end',
    'data: {"message":"busy"}',
    cohereProvider,
  ),
  {
    wire: 'bedrock',
    bytes: recordedBytes(readExchange('bedrock/converse-stream.converse-stream-handles-event-stream-error.0.a3437b.json')),
    contentType: 'application/vnd.amazon.eventstream',
    lastWords: 'messageStop',
    errorEvent: frame(
      { ':message-type': 'exception', ':exception-type': 'throttlingException', ':content-type': 'application/json' },
      { message: 'busy' },
    ),
    malformed: Buffer.from('this is no frame at all, however long one waits for its end'),
    createProvider: bedrockProvider,
  },
];
