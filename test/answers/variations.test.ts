import { type GatewayConfig, routeOf } from 'tollgate';
import { seededRandom } from 'tollgate/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { gatewayOf, messages } from '../public/harness.ts';
import { type FaultExchange, startFaultServer } from '../support/fault-server.ts';

let act: (exchange: FaultExchange) => unknown = () => undefined;
const server = await startFaultServer(async (exchange) => void (await act(exchange)));
afterAll(() => server.close());

const random = seededRandom(20_261_129);
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
const maybe = (likely = 0.5) => random() < likely;

const TYPES = [
  'openai-compatible',
  'openrouter',
  'groq',
  'moonshot',
  'minimax',
  'deepseek',
  'google-openai',
  'ollama',
  'vllm',
  'mistral',
];
const ROUNDS = 120;

function gatewayFor(type: string) {
  const providers = { one: { type, apiKey: 'k', baseURL: server.origin } } as unknown as GatewayConfig['providers'];
  return gatewayOf({ providers, models: { m: ['one/m'] }, retry: { maxAttempts: 1 } });
}

interface Said {
  readonly text: string;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly args: string }[];
  readonly usage: readonly [number, number];
}

/** What a model may say, in the form of a stream whose pieces, places and repeated fields no two hosts agree on. */
function oneAnswer(): { readonly said: Said; readonly chunks: readonly object[] } {
  const calls = Array.from({ length: Math.floor(random() * 3) }, (_, place) => ({
    id: `call_${place}_${Math.floor(random() * 1e6)}`,
    name: `tool_${place}`,
    args: pick(['{}', '{"a":1}', '{"city":"Z\u00fcrich","n":[1,2]}']),
  }));
  const text = calls.length > 0 && maybe() ? '' : pick(['Hello there.', '\u{1F30D} ok', 'a "quoted" \\ text']);
  const usage = [1 + Math.floor(random() * 900), 20 + Math.floor(random() * 90)] as const;
  const finish = calls.length > 0 ? pick(['tool_calls', 'stop', 'tool_use']) : pick(['stop', 'end_turn', 'eos']);
  const head = () => ({ ...(maybe(0.9) && { id: 'c1' }), object: 'chat.completion.chunk', created: 1, model: 'm' });
  const delta = (said: object, more: object = {}) => ({
    ...head(),
    choices: [{ ...(maybe(0.8) && { index: 0 }), delta: said, ...(maybe() && { finish_reason: null }), ...more }],
  });
  const told = { prompt_tokens: usage[0], completion_tokens: usage[1], total_tokens: usage[0] + usage[1] };
  const chunks: object[] = [];
  if (maybe(0.7)) chunks.push(delta({ role: 'assistant', content: pick(['', null]) }));
  if (maybe(0.3)) chunks.push({ ...head(), choices: [] });
  for (const letters of text.match(/[\s\S]{1,5}/gu) ?? [])
    chunks.push(
      delta({ ...(maybe(0.3) && { role: 'assistant' }), content: letters, ...(maybe(0.2) && { tool_calls: pick([null, []]) }) }),
    );
  for (const [place, { id, name, args }] of calls.entries()) {
    const index = { index: place };
    const first = { ...index, id, ...(maybe(0.7) && { type: 'function' }) };
    if (maybe()) chunks.push(delta({ tool_calls: [{ ...first, function: { name, arguments: args } }] }));
    else {
      // The name late, empty at first, or at once; the arguments in pieces, with the id repeated or not.
      const late = maybe(0.4);
      chunks.push(delta({ tool_calls: [{ ...first, function: { name: late ? '' : name, arguments: '' } }] }));
      if (late) chunks.push(delta({ tool_calls: [{ ...index, function: { name, ...(maybe() && { arguments: '' }) } }] }));
      for (const letters of args.match(/[\s\S]{1,4}/gu) ?? [])
        chunks.push(
          delta({
            ...(maybe(0.3) && { content: pick(['', null]) }),
            tool_calls: [{ ...index, ...(maybe(0.3) && { id }), function: { arguments: letters } }],
          }),
        );
    }
  }
  const usageBeside = maybe();
  chunks.push(delta({}, { finish_reason: finish, ...(maybe(0.3) && { native_finish_reason: finish }) }));
  if (usageBeside) Object.assign(chunks.at(-1) as object, { usage: told });
  else chunks.push({ ...head(), choices: maybe() ? [] : [{ index: 0, delta: {}, finish_reason: null }], usage: told });
  return { said: { text, calls, usage }, chunks };
}

async function readChat(type: string): Promise<Said> {
  const stream = await gatewayFor(type).chat.completions.create({
    model: 'm',
    messages,
    stream: true,
    stream_options: { include_usage: true },
  });
  const calls = new Map<number, { id: string; name: string; args: string }>();
  let text = '';
  for await (const { choices } of stream) {
    for (const { delta } of choices) {
      text += delta.content ?? '';
      for (const { index, id, function: called } of delta.tool_calls ?? []) {
        const call = calls.get(index) ?? { id: '', name: '', args: '' };
        calls.set(index, {
          id: call.id || (id ?? ''),
          name: call.name + (called?.name ?? ''),
          args: call.args + (called?.arguments ?? ''),
        });
      }
    }
  }
  const { inputTokens = 0, outputTokens = 0 } = routeOf(stream)?.usage ?? {};
  return { text, calls: [...calls.values()], usage: [inputTokens, outputTokens] };
}

async function readResponses(type: string): Promise<Said> {
  const stream = await gatewayFor(type).responses.create({ model: 'm', input: 'hi', stream: true });
  let said: Said = { text: '', calls: [], usage: [0, 0] };
  for await (const event of stream) {
    if (event.type !== 'response.completed') continue;
    const { output, usage } = event.response;
    const text = output
      .flatMap((item) =>
        item.type === 'message' ? item.content.map((part) => (part.type === 'output_text' ? part.text : '')) : [],
      )
      .join('');
    const calls = output.flatMap((item) =>
      item.type === 'function_call' ? [{ id: item.call_id, name: item.name, args: item.arguments }] : [],
    );
    said = { text, calls, usage: [usage?.input_tokens ?? 0, usage?.output_tokens ?? 0] };
  }
  return said;
}

describe.each([
  ['chat', readChat],
  ['the Responses API', readResponses],
])('a stream as any host may cut it, read over %s', (api, read) => {
  it('loses no text, no call and no usage', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const type = pick(api === 'chat' ? TYPES : ['moonshot', 'google-openai', 'mistral']);
      const { said, chunks } = oneAnswer();
      act = async (exchange) => {
        await exchange.sseHead();
        await exchange.sse(...chunks, ...(maybe(0.8) ? ['[DONE]'] : []));
        await exchange.lastChunk();
      };
      const found = await read(type);
      expect([round, type, chunks, found]).toEqual([round, type, chunks, said]);
    }
  });
});
