import { createServer } from 'node:http';

const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
const head = { id: 'chatcmpl-1', created: 1, model: 'm' };
const piece = (delta, finish_reason = null) => ({
  ...head,
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, finish_reason, logprobs: null }],
});
const CHAT = {
  ...head,
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: '{}', refusal: null }, finish_reason: 'stop', logprobs: null }],
  usage,
};
const CHUNKS = [
  piece({ role: 'assistant', content: '{' }),
  piece({ content: '}' }),
  piece({}, 'stop'),
  { ...piece({}), choices: [], usage },
];
const part = { type: 'output_text', text: 'hello', annotations: [] };
const item = { id: 'msg_1', type: 'message', role: 'assistant', status: 'completed', content: [part] };
const RESPONSE = {
  ...{ id: 'resp_1', object: 'response', created_at: 1, model: 'm', status: 'completed', output: [item] },
  ...{ parallel_tool_calls: true, tools: [], tool_choice: 'auto', metadata: {}, error: null, incomplete_details: null },
  usage: {
    ...{ input_tokens: 3, output_tokens: 2, total_tokens: 5 },
    ...{ input_tokens_details: { cached_tokens: 0 }, output_tokens_details: { reasoning_tokens: 0 } },
  },
};
const at = { item_id: 'msg_1', output_index: 0 };
const EVENTS = [
  { type: 'response.created', response: { ...RESPONSE, status: 'in_progress', output: [], usage: null } },
  { type: 'response.output_item.added', output_index: 0, item: { ...item, status: 'in_progress', content: [] } },
  { type: 'response.content_part.added', ...at, content_index: 0, part: { ...part, text: '' } },
  { type: 'response.output_text.delta', ...at, content_index: 0, delta: 'hello', logprobs: [] },
  { type: 'response.output_text.done', ...at, content_index: 0, text: 'hello', logprobs: [] },
  { type: 'response.content_part.done', ...at, content_index: 0, part },
  { type: 'response.output_item.done', output_index: 0, item },
  { type: 'response.completed', response: RESPONSE },
].map((event, sequence_number) => ({ ...event, sequence_number }));
const EMBEDDINGS = {
  ...{ object: 'list', model: 'm', data: [{ object: 'embedding', index: 0, embedding: [0.5, 0.25] }] },
  usage: { prompt_tokens: 3, total_tokens: 3 },
};

/** OpenAI's wire on the loopback, and as much of LangSmith's as takes runs. */
export async function startUpstream() {
  const runs = new Map();
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const data of request) text += data;
    if (request.url.startsWith('/langsmith')) return takeRun(request, text, response);
    const body = JSON.parse(text || '{}');
    const isResponses = request.url.endsWith('/responses');
    if (body.stream) return void stream(response, isResponses ? EVENTS : CHUNKS, isResponses);
    const answer = request.url.endsWith('/embeddings') ? EMBEDDINGS : isResponses ? RESPONSE : CHAT;
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    runs: () =>
      [...runs.values()].map((run) => ({
        ...{ name: run.name, ended: run.end_time !== undefined && run.end_time !== null },
        tokens: (run.outputs?.usage_metadata ?? run.extra?.metadata?.usage_metadata)?.input_tokens,
      })),
  };

  function takeRun({ method, url }, text, response) {
    if (method === 'POST' && /\/runs$/.test(url)) {
      const run = JSON.parse(text);
      runs.set(run.id, run);
    }
    const [, id] = /\/runs\/([^/?]+)$/.exec(url) ?? [];
    if (method === 'PATCH' && id !== undefined) runs.set(id, { ...runs.get(id), ...defined(JSON.parse(text)) });
    response.setHeader('content-type', 'application/json').end('{}');
  }
}

function defined(run) {
  return Object.fromEntries(Object.entries(run).filter(([, value]) => value !== undefined));
}

async function stream(response, items, isNamed) {
  response.setHeader('content-type', 'text/event-stream');
  for (const one of items) {
    response.write(`${isNamed ? `event: ${one.type}\n` : ''}data: ${JSON.stringify(one)}\n\n`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  response.end(isNamed ? '' : 'data: [DONE]\n\n');
}
