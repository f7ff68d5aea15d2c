import type { Exchange } from '../../support/fixtures.ts';
import type { Said } from '../said.ts';

interface Block {
  text?: string;
  toolUse?: { toolUseId: string; name: string; input: unknown };
  reasoningContent?: { reasoningText?: { text?: string } };
  citationsContent?: { content: { text: string }[] };
}
interface Answer {
  blocks: Block[];
  finish: string;
  usage: Record<string, number | undefined> | undefined;
}
interface Events {
  contentBlockStart?: { contentBlockIndex: number; start: { toolUse?: { toolUseId: string; name: string } } };
  contentBlockDelta?: {
    contentBlockIndex: number;
    delta: { text?: string; toolUse?: { input: string }; reasoningContent?: { text?: string } };
  };
  messageStop?: { stopReason: string };
  metadata?: { usage: Answer['usage'] };
}

const FINISHES: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  tool_use: 'tool_calls',
  guardrail_intervened: 'content_filter',
  content_filtered: 'content_filter',
};

/** What a recording of Converse or ConverseStream says. */
export function saidByBedrock(exchange: Exchange): Said {
  const { blocks, finish, usage } = exchange.stream ? streamed(eventsOf(exchange)) : whole(exchange.response.body);
  const join = (words: (block: Block) => string | undefined) => blocks.map((block) => words(block) ?? '').join('');
  const cached = usage?.cacheReadInputTokens ?? 0;
  return {
    choices: [
      {
        text: join(({ text, citationsContent }) => text ?? citationsContent?.content.map((part) => part.text).join('')),
        reasoning: join(({ reasoningContent }) => reasoningContent?.reasoningText?.text),
        calls: blocks.flatMap(({ toolUse }) =>
          toolUse ? [{ id: toolUse.toolUseId, name: toolUse.name, arguments: toolUse.input }] : [],
        ),
        finish: FINISHES[finish] ?? finish,
      },
    ],
    usage: usage && {
      input: (usage.inputTokens ?? 0) + cached + (usage.cacheWriteInputTokens ?? 0),
      output: usage.outputTokens ?? 0,
      cached,
      reasoning: 0,
    },
  };
}

function whole(body: unknown): Answer {
  const { output, stopReason, usage } = body as {
    output: { message: { content: Block[] } };
    stopReason: string;
    usage: Answer['usage'];
  };
  return { blocks: output.message.content, finish: stopReason, usage };
}

function streamed(events: readonly Events[]): Answer {
  const blocks: (Block & { json?: string })[] = [];
  let finish = '';
  let usage: Answer['usage'];
  for (const { contentBlockStart: start, contentBlockDelta: more, messageStop, metadata } of events) {
    if (start?.start.toolUse) blocks[start.contentBlockIndex] = { toolUse: { ...start.start.toolUse, input: {} }, json: '' };
    if (more) {
      blocks[more.contentBlockIndex] ??= {};
      addDelta(blocks[more.contentBlockIndex] as Block, more.delta);
    }
    finish = messageStop?.stopReason ?? finish;
    usage = metadata?.usage ?? usage;
  }
  for (const { toolUse, json } of blocks) if (toolUse) toolUse.input = JSON.parse(json || '{}');
  return { blocks, finish, usage };
}

function addDelta(block: Block & { json?: string }, delta: NonNullable<Events['contentBlockDelta']>['delta']): void {
  if (delta.text !== undefined) block.text = `${block.text ?? ''}${delta.text}`;
  if (delta.toolUse) block.json += delta.toolUse.input;
  if (delta.reasoningContent?.text === undefined) return;
  block.reasoningContent = {
    reasoningText: { text: `${block.reasoningContent?.reasoningText?.text ?? ''}${delta.reasoningContent.text}` },
  };
}

const EVENT_TYPE = ':event-type';

function eventsOf({ response }: Exchange): Events[] {
  if (response.events) return response.events as Events[];
  const bytes = Buffer.from(response.eventstream_base64 ?? '', 'base64');
  const events: Events[] = [];
  for (let start = 0; start < bytes.length; start += bytes.readUInt32BE(start)) {
    const head = bytes.readUInt32BE(start + 4);
    const payload = bytes.toString('utf8', start + 12 + head, start + bytes.readUInt32BE(start) - 4);
    // Behind a header's name come its type, a byte, and its length, two.
    const headers = bytes.toString('latin1', start + 12, start + 12 + head);
    const type = /^\w+/.exec(headers.slice(headers.indexOf(EVENT_TYPE) + EVENT_TYPE.length + 3))?.[0] ?? '';
    events.push({ [type]: JSON.parse(payload) });
  }
  return events;
}
