import type { OpenAI } from 'openai';
import type { ChatCompletionStream } from 'openai/lib/ChatCompletionStream';
import { Chat } from 'openai/resources/chat/chat';
import { Completions } from 'openai/resources/chat/completions/completions';
import type { ReasoningDetail } from '../../core/chat.ts';
import { isRecord } from '../../core/json.ts';
import { addPiece } from '../../core/reasoning-blocks.ts';

/**
 * OpenAI's chat resource, whose helpers (`stream`, `runTools`) keep what the gateway has beside OpenAI's own fields: the
 * client's own take the last delta of an unknown field for the whole, and leave such fields out of a tool loop's history.
 */
export class GatewayChat extends Chat {
  override completions: Completions = new GatewayCompletions(this._client);
}

// The base methods' overloads can't be repeated by a subclass; `never` fits what they take and give.
class GatewayCompletions extends Completions {
  override stream(body: never, options?: never): never {
    return joining(super.stream(body, options)) as never;
  }

  override runTools(body: never, options?: never): never {
    const loop: ToolLoop = { given: body, runner: undefined };
    const runner = new Completions(carrying(this, loop)).runTools<LoopBody>(body, options);
    // It sends nothing before the next turn of the event loop.
    loop.runner = runner;
    return (isStream(runner) ? joining(runner) : runner) as never;
  }
}

type LoopBody = Parameters<Completions['runTools']>[0] & { stream?: never };

interface ToolLoop {
  readonly given: { readonly tools?: readonly unknown[] };
  /** Its requests have its messages one by one, with OpenAI's fields alone. */
  runner: { readonly messages: readonly unknown[] } | undefined;
}

function isStream(runner: unknown): runner is ChatCompletionStream<unknown> {
  return isRecord(runner) && 'currentChatCompletionSnapshot' in runner;
}

/** A client for a tool loop: gives its requests back what the runner left out of them. */
function carrying(completions: Completions, loop: ToolLoop): OpenAI {
  const create = (params: LoopParams, options: never) =>
    completions.create(
      {
        ...params,
        messages: withFields(params.messages, loop.runner?.messages ?? []),
        tools: withMarks(params.tools, loop.given.tools),
      } as never,
      options,
    );
  return { chat: { completions: { create } } } as never;
}

interface LoopParams {
  readonly messages: readonly unknown[];
  readonly tools?: readonly unknown[];
}

function withFields(sent: readonly unknown[], own: readonly unknown[]): readonly unknown[] {
  return sent.map((message, place) => {
    const source = own[place];
    if (!isRecord(message) || !isRecord(source) || message === source || source.role !== message.role) return message;
    const calls = message.tool_calls;
    const given = Array.isArray(source.tool_calls) ? source.tool_calls : [];
    const whole: Record<string, unknown> = { ...message, ...fieldsOf(source, MESSAGE_FIELDS) };
    if (Array.isArray(calls)) whole.tool_calls = calls.map((call, at) => ({ ...call, ...fieldsOf(given[at], CALL_FIELDS) }));
    return whole;
  });
}

/** A mark for caching stands on a tool in the caller's own list, which the runner writes anew. */
function withMarks(sent: readonly unknown[] | undefined, given: readonly unknown[] | undefined): unknown {
  return sent?.map((tool, place) => (isRecord(tool) ? { ...tool, ...fieldsOf(given?.[place], TOOL_FIELDS) } : tool));
}

const MESSAGE_FIELDS = ['reasoning_content', 'reasoning', 'reasoning_details', 'cache_control'];
const CALL_FIELDS = ['extra_content', 'cache_control'];
const TOOL_FIELDS = ['cache_control'];

function fieldsOf(source: unknown, names: readonly string[]): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  if (!isRecord(source)) return fields;
  for (const name of names) if (source[name] !== undefined && source[name] !== null) fields[name] = source[name];
  return fields;
}

type Joined = Record<string, unknown>;

/** The stream, whose snapshots have whole values if the client keeps the last delta's. Its first listener. */
function joining<Helper extends Pick<ChatCompletionStream<unknown>, 'on'>>(helper: Helper): Helper {
  let of: unknown;
  let choices = new Map<number, Joined>();
  helper.on('chunk', (chunk, snapshot) => {
    // A tool loop has a snapshot for each of its requests.
    if (of !== snapshot) choices = new Map();
    of = snapshot;
    if (isDiscard(chunk)) {
      choices = new Map();
      snapshot.choices.length = 0;
    }
    for (const { index, delta } of chunk.choices) {
      const joined = choices.get(index) ?? {};
      choices.set(index, joined);
      if (delta) join(joined, delta as Joined);
      if (snapshot.choices[index]) Object.assign(snapshot.choices[index].message, joined);
    }
  });
  return helper;
}

/** What came before it is void: a new answer begins, in the same stream. */
function isDiscard(chunk: object): boolean {
  return 'tollgate' in chunk && isRecord(chunk.tollgate) && chunk.tollgate.discard === true;
}

function join(joined: Joined, delta: Joined): void {
  for (const name of ['reasoning_content', 'reasoning']) {
    const text = delta[name];
    if (typeof text === 'string') joined[name] = ((joined[name] as string | undefined) ?? '') + text;
  }
  for (const name of ['annotations', 'images']) {
    const items = delta[name];
    if (Array.isArray(items)) joined[name] = [...((joined[name] as unknown[] | undefined) ?? []), ...items];
  }
  const pieces = delta.reasoning_details;
  if (!Array.isArray(pieces)) return;
  const blocks = (joined.reasoning_details ?? []) as ReasoningDetail[];
  joined.reasoning_details = blocks;
  for (const piece of pieces) if (isRecord(piece)) addPiece(blocks, piece as unknown as ReasoningDetail);
}
