import { crc32 } from 'node:zlib';

const NAME = 'weather';
/** Two calls side by side, then one more with words before it, then the answer. */
const STEPS = [
  { thought: 'Look both up.', mark: 'signature-1', calls: ['Oslo', 'Rome'] },
  { thought: 'One is missing.', mark: 'signature-2', text: 'One more.', calls: ['Paris'] },
  { text: 'Sunny everywhere.', calls: [] },
];
/** What the tool says; so many of them a history has after each step. */
export const RESULT = 'sunny';
const RESULTS = [0, 2, 3];
export const LAST_TEXT = 'Sunny everywhere.';

export function stepOf(body) {
  return RESULTS.indexOf(JSON.stringify(body).split(RESULT).length - 1);
}

const argumentsOf = (city) => JSON.stringify({ city });
const callId = (step, place) => `call_${step}${place}`;

/** Each answers step by step and says what a request's history has of the steps before. */
export const VENDORS = {
  claude: {
    provider: (origin) => ({ type: 'anthropic', apiKey: 'none', baseURL: origin }),
    model: 'claude-sonnet-4-5',
    whole: (step) => ({ ...claudeMessage(STEPS[step]), content: claudeBlocks(step) }),
    stream: (step) => sse(claudeEvents(step)),
    wanted: (step) => STEPS.slice(0, step).map(({ thought, mark }) => `${thought} ${mark}`),
    found: ({ messages, thinking }) => [
      ...messages
        .filter(({ role }) => role === 'assistant')
        .map(({ content: [first] }) => (first.type === 'thinking' ? `${first.thinking} ${first.signature}` : first.type)),
      ...(thinking?.type === 'enabled' ? [] : ['thinking is off']),
    ],
  },
  gemini: {
    provider: (origin) => ({ type: 'google', apiKey: 'none', baseURL: origin }),
    model: 'gemini-3-pro-preview',
    whole: (step) => geminiAnswer(step, geminiParts(step)),
    stream: (step) => sse(geminiParts(step).map((part, place, all) => geminiAnswer(step, [part], place === all.length - 1))),
    wanted: (step) => STEPS.slice(0, step).flatMap(({ mark, calls }) => calls.map((_, place) => (place === 0 ? mark : 'none'))),
    found: ({ contents }) =>
      contents
        .filter(({ role }) => role === 'model')
        .flatMap(({ parts }) => parts.filter((part) => part.functionCall).map((part) => part.thoughtSignature ?? 'none')),
  },
  bedrock: {
    provider: (origin) => ({ type: 'bedrock', apiKey: 'none', region: 'us-east-1', baseURL: origin }),
    model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    whole: (step) => converse(step),
    stream: (step) => Buffer.concat(converseEvents(step).map(([type, payload]) => frame(type, payload))),
    wanted: (step) => STEPS.slice(0, step).map(({ thought, mark }) => `${thought} ${mark}`),
    found: ({ messages, additionalModelRequestFields }) => [
      ...messages
        .filter(({ role }) => role === 'assistant')
        .map(({ content: [first] }) => {
          const thought = first.reasoningContent?.reasoningText;
          return thought ? `${thought.text} ${thought.signature}` : Object.keys(first).join();
        }),
      ...(additionalModelRequestFields?.thinking?.type === 'enabled' ? [] : ['thinking is off']),
    ],
  },
  deepseek: { ...openaiWire('deepseek', 'deepseek-v4-pro'), hasResponses: true },
  kimi: openaiWire('moonshot', 'kimi-k2-thinking'),
};

/** Wants `reasoning_content` back. */
function openaiWire(type, model) {
  return {
    provider: (origin) => ({ type, apiKey: 'none', baseURL: `${origin}/v1` }),
    model,
    whole: chat,
    stream: (step) => sse([...chatChunks(step), '[DONE]']),
    wanted: (step) => STEPS.slice(0, step).map(({ thought }) => thought),
    found: ({ messages }) =>
      messages.filter(({ role }) => role === 'assistant').map(({ reasoning_content }) => reasoning_content ?? 'none'),
  };
}

function sse(events) {
  const named = events.map((event) => {
    const name = event.type === undefined ? '' : `event: ${event.type}\n`;
    return `${name}data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`;
  });
  return named.join('');
}

function claudeMessage({ calls }) {
  const usage = { input_tokens: 10, output_tokens: 5 };
  const stop_reason = calls.length > 0 ? 'tool_use' : 'end_turn';
  return {
    ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5' },
    ...{ content: [], stop_reason, stop_sequence: null, usage },
  };
}

function claudeBlocks(step) {
  const { thought, mark, text, calls } = STEPS[step];
  return [
    ...(thought ? [{ type: 'thinking', thinking: thought, signature: mark }] : []),
    ...(text ? [{ type: 'text', text }] : []),
    ...calls.map((city, place) => ({ type: 'tool_use', id: `toolu_${step}${place}`, name: NAME, input: { city } })),
  ];
}

function claudeEvents(step) {
  const message = claudeMessage(STEPS[step]);
  const blocks = claudeBlocks(step).flatMap((block, index) => [
    { type: 'content_block_start', index, content_block: emptied(block) },
    ...claudeDeltas(block).map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ]);
  return [
    { type: 'message_start', message: { ...message, stop_reason: null } },
    ...blocks,
    { type: 'message_delta', delta: { stop_reason: message.stop_reason, stop_sequence: null }, usage: { output_tokens: 5 } },
    { type: 'message_stop' },
  ];
}

function emptied(block) {
  if (block.type === 'thinking') return { type: 'thinking', thinking: '', signature: '' };
  return block.type === 'text' ? { type: 'text', text: '' } : { ...block, input: {} };
}

function claudeDeltas({ type, text, input, thinking, signature }) {
  if (type === 'text') return [{ type: 'text_delta', text }];
  if (type === 'tool_use')
    return halves(JSON.stringify(input)).map((partial_json) => ({ type: 'input_json_delta', partial_json }));
  return [
    ...halves(thinking).map((half) => ({ type: 'thinking_delta', thinking: half })),
    { type: 'signature_delta', signature },
  ];
}

function halves(text) {
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)];
}

function geminiParts(step) {
  const { thought, mark, text, calls } = STEPS[step];
  return [
    ...(thought ? [{ text: thought, thought: true }] : []),
    ...(text ? [{ text }] : []),
    ...calls.map((city, place) => ({
      functionCall: { name: NAME, args: { city } },
      ...(place === 0 && { thoughtSignature: mark }),
    })),
  ];
}

function geminiAnswer(step, parts, isLast = true) {
  const usageMetadata = { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 };
  const candidates = [{ content: { role: 'model', parts }, index: 0, ...(isLast && { finishReason: 'STOP' }) }];
  return { candidates, usageMetadata, modelVersion: 'gemini-3-pro-preview', responseId: `r${step}` };
}

const CONVERSE_USAGE = { inputTokens: 10, outputTokens: 5, totalTokens: 15 };

function converse(step) {
  const { thought, mark, text, calls } = STEPS[step];
  const content = [
    ...(thought ? [{ reasoningContent: { reasoningText: { text: thought, signature: mark } } }] : []),
    ...(text ? [{ text }] : []),
    ...calls.map((city, place) => ({ toolUse: { toolUseId: `tooluse_${step}${place}`, name: NAME, input: { city } } })),
  ];
  const stopReason = calls.length > 0 ? 'tool_use' : 'end_turn';
  return { output: { message: { role: 'assistant', content } }, stopReason, usage: CONVERSE_USAGE, metrics: { latencyMs: 1 } };
}

function converseEvents(step) {
  const { output, stopReason, usage, metrics } = converse(step);
  const blocks = output.message.content.flatMap((block, contentBlockIndex) => [
    ...(block.toolUse
      ? [['contentBlockStart', { contentBlockIndex, start: { toolUse: { ...block.toolUse, input: undefined } } }]]
      : []),
    ...converseDeltas(block).map((delta) => ['contentBlockDelta', { contentBlockIndex, delta }]),
    ['contentBlockStop', { contentBlockIndex }],
  ]);
  return [['messageStart', { role: 'assistant' }], ...blocks, ['messageStop', { stopReason }], ['metadata', { usage, metrics }]];
}

function converseDeltas({ text, toolUse, reasoningContent }) {
  if (text) return [{ text }];
  if (toolUse) return halves(JSON.stringify(toolUse.input)).map((input) => ({ toolUse: { input } }));
  const { text: thought, signature } = reasoningContent.reasoningText;
  return [...halves(thought).map((half) => ({ reasoningContent: { text: half } })), { reasoningContent: { signature } }];
}

/** One frame of AWS's event stream. */
function frame(type, payload) {
  const headers = { ':message-type': 'event', ':event-type': type, ':content-type': 'application/json' };
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => headerField(name, value)));
  const body = Buffer.from(JSON.stringify(payload));
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(16 + head.length + body.length, 0);
  prelude.writeUInt32BE(head.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const message = Buffer.concat([prelude, head, body]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(message));
  return Buffer.concat([message, checksum]);
}

/** A header of type 7, a string. */
function headerField(name, value) {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(value.length);
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7]), length, Buffer.from(value)]);
}

const CHAT = { id: 'c1', created: 1, model: 'thinker' };
const CHAT_USAGE = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

function chat(step) {
  const { thought, text, calls } = STEPS[step];
  const tool_calls = calls.map((city, place) => ({
    ...{ id: callId(step, place), type: 'function' },
    function: { name: NAME, arguments: argumentsOf(city) },
  }));
  const message = { role: 'assistant', content: text ?? null, ...(thought && { reasoning_content: thought }) };
  const finish_reason = calls.length > 0 ? 'tool_calls' : 'stop';
  const choice = { index: 0, message: { ...message, ...(calls.length > 0 && { tool_calls }) }, finish_reason };
  return { ...CHAT, object: 'chat.completion', choices: [choice], usage: CHAT_USAGE };
}

function chatChunks(step) {
  const { thought, text, calls } = STEPS[step];
  const piece = (delta, finish_reason = null) => ({
    ...{ ...CHAT, object: 'chat.completion.chunk' },
    choices: [{ index: 0, delta, finish_reason }],
  });
  const called = calls.flatMap((city, index) => [
    piece({ tool_calls: [{ index, id: callId(step, index), type: 'function', function: { name: NAME, arguments: '' } }] }),
    ...halves(argumentsOf(city)).map((half) => piece({ tool_calls: [{ index, function: { arguments: half } }] })),
  ]);
  return [
    piece({ role: 'assistant', content: '' }),
    ...(thought ? halves(thought).map((reasoning_content) => piece({ reasoning_content })) : []),
    ...(text ? [piece({ content: text })] : []),
    ...called,
    piece({}, calls.length > 0 ? 'tool_calls' : 'stop'),
    { ...piece({}), choices: [], usage: CHAT_USAGE },
  ];
}
