import type { Client, Going, Json } from './turns.ts';

type Call = Json & { id: string; function: { name: string; arguments: string } };

/** A message of the assistant as a client has it at last, and what has to arrive wherever it is sent. */
export interface TakenOver {
  readonly messages: readonly Json[];
  readonly marks: readonly string[];
  readonly hasImage: boolean;
}

/** One pixel for each turn, so that they can be told apart. */
const imageOf = (number: number, place: number) => Buffer.from(`image ${number} ${place}`).toString('base64');

/** The history that a client makes of an answer, of the results of its calls, and of what the user says then. */
export function takenOver(answer: Json, client: Client, going: Going, number: number): TakenOver {
  const message = kept(answer, client);
  const calls = renamed((message.tool_calls ?? []) as Call[], client, number);
  const results = calls.map((call, place) => resultOf(call, going, `${number}-${place}`, imageOf(number, place)));
  const { tool_calls: _, ...others } = message;
  const said = { ...others, content: written(others.content, client) };
  const messages = arranged(said, calls, going.order === 'reversed' ? results.reverse() : results, client);
  if (going.user === 'instructs') messages.push({ role: 'system', content: `instruction-${number}` });
  if (going.user !== 'silent' || calls.length === 0) messages.push({ role: 'user', content: `user-${number}` });
  if (going.isMarked) for (const one of messages) one.cache_control = { type: 'ephemeral' };
  return {
    messages,
    marks: [
      ...JSON.stringify(messages).matchAll(/(?:text|refusal|argument|result|user|instruction)-\d(?:-\d)?|aW1hZ2U[\w=]+/g),
    ].map(([mark]) => mark),
    hasImage: calls.length > 0 && going.results === 'image',
  };
}

const OPENAI_FIELDS = ['role', 'content', 'refusal', 'tool_calls'];

function kept(answer: Json, { keeps }: Client): Json {
  const fields = Object.entries(answer);
  switch (keeps) {
    case 'everything':
      return answer;
    case "OpenAI's fields": {
      const own = Object.fromEntries(fields.filter(([name]) => OPENAI_FIELDS.includes(name)));
      const calls = (own.tool_calls ?? []) as Call[];
      if (calls.length === 0) return own;
      return { ...own, tool_calls: calls.map(({ id, type, function: called }) => ({ id, type, function: called })) };
    }
    case 'reasoning': {
      const { reasoning_content, reasoning_details: _, ...others } = answer;
      return reasoning_content === undefined ? others : { ...others, reasoning: reasoning_content };
    }
    case 'nulls':
      return { refusal: null, audio: null, function_call: null, annotations: [], ...answer };
  }
}

function renamed(calls: readonly Call[], client: Client, number: number): Call[] {
  return calls.map((call, place) => ({ ...call, id: idOf(call, client, `${number}-${place}`) }));
}

function idOf({ id, function: { name } }: Call, { ids }: Client, at: string): string {
  switch (ids) {
    case 'as they are':
      return id;
    case 'long':
      return 'long-id-'.repeat(10) + at;
    case 'odd':
      return `fn.${name}:${at}#ü`;
    case 'counted anew':
      return `call_${at.split('-')[1]}`;
  }
}

function written(content: unknown, { content: form }: Client): unknown {
  switch (form) {
    case 'as it is':
      return content ?? null;
    case 'empty text':
      return content ?? '';
    case 'parts':
      return typeof content === 'string' ? [{ type: 'text', text: content }] : [];
    case 'null':
      return content || null;
  }
}

function resultOf({ id }: Call, { results }: Going, at: string, image: string): Json {
  const told = `result-${at}`;
  const message = (content: unknown, more: Json = {}) => ({ role: 'tool', tool_call_id: id, content, ...more });
  const text = { type: 'text', text: told };
  switch (results) {
    case 'text':
      return message(told);
    case 'parts':
      return message([text, { type: 'text', text: 'more' }]);
    case 'empty':
      return message('');
    case 'image':
      return message([text, { type: 'image_url', image_url: { url: `data:image/png;base64,${image}` } }]);
    case 'failed':
      return message(told, { is_error: true });
    case 'object':
      return message(JSON.stringify({ told }));
  }
}

function arranged(said: Json, calls: readonly Call[], results: readonly Json[], { turns }: Client): Json[] {
  if (calls.length === 0 && turns !== 'thoughts apart') return [said];
  const { role, content: _content, refusal: _, ...thoughts } = said;
  const calling = calls.length > 0 ? { tool_calls: calls } : {};
  switch (turns) {
    case 'as they are':
      return [{ ...said, ...calling }, ...results];
    case 'text apart':
      return [said, { role, content: null, ...calling }, ...results];
    case 'thoughts apart':
      return [
        { role, content: null, ...thoughts },
        { ...said, reasoning_content: undefined, reasoning_details: undefined, ...calling },
        ...results,
      ];
    case 'a turn for each call':
      return calls.flatMap((call, place) => [
        place === 0 ? { ...said, tool_calls: [call] } : { role, content: null, tool_calls: [call] },
        ...results.filter((result) => result.tool_call_id === call.id),
      ]);
  }
}

/** A message of the pieces of a stream as plain clients string them together: every text added, every list lengthened. */
export function strung(chunks: readonly { choices: readonly { delta: unknown }[] }[]): Json {
  const message: Json = { role: 'assistant', content: null };
  const calls: Call[] = [];
  for (const { choices } of chunks) {
    for (const [name, value] of Object.entries((choices[0]?.delta ?? {}) as Json)) {
      if (name === 'tool_calls') for (const piece of value as (Call & { index: number })[]) addPiece(calls, piece);
      else if (name !== 'role' && typeof value === 'string') message[name] = `${String(message[name] ?? '')}${value}`;
      else if (Array.isArray(value)) message[name] = [...((message[name] as unknown[] | undefined) ?? []), ...value];
    }
  }
  if (calls.length > 0) message.tool_calls = calls;
  return message;
}

function addPiece(calls: Call[], { index, ...piece }: Call & { index: number }): void {
  const call = calls[index];
  if (call) call.function.arguments += piece.function?.arguments ?? '';
  else calls[index] = { ...piece, function: { ...piece.function } };
}
