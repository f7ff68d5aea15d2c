import { bodyOf } from '../public/harness.ts';
import type { FaultExchange } from '../support/fault-server.ts';

/** Answers of an upstream that nothing bounds. */
const UNBOUNDED_TOKENS = 20_000;

/**
 * Knows the fields of the operation that it is asked for and ignores all others; counts a token for each byte of text that
 * becomes its prompt, and gives as many answers of as many tokens as it is allowed.
 */
export function obedient(exchange: FaultExchange): Promise<void> {
  const body = bodyOf(exchange);
  const inputTokens = promptBytes(body);
  const outputTokens = Math.max(Number(body.n ?? 1), Number(body.best_of ?? 1)) * allowedTokens(exchange.request.path, body);
  if (exchange.request.path.endsWith('/responses')) return exchange.answer(200, response(inputTokens, outputTokens));
  return exchange.answer(200, {
    id: 'cmpl-1',
    object: exchange.request.path.endsWith('/chat/completions') ? 'chat.completion' : 'text_completion',
    created: 1_700_000_000,
    model: body.model,
    choices: [{ index: 0, text: 'x', message: { role: 'assistant', content: 'x', refusal: null }, finish_reason: 'length' }],
    usage: { prompt_tokens: inputTokens, completion_tokens: outputTokens, total_tokens: inputTokens + outputTokens },
  });
}

/** Tokens that each answer to a body may have by what its path reads. */
function allowedTokens(path: string, body: Record<string, unknown>): number {
  const names = path.endsWith('/responses')
    ? ['max_output_tokens']
    : path.endsWith('/chat/completions')
      ? ['max_completion_tokens', 'max_tokens']
      : ['max_tokens'];
  const limits = names.map((name) => body[name]).filter((limit) => Number.isSafeInteger(limit) && Number(limit) > 0);
  return limits.length === 0 ? UNBOUNDED_TOKENS : Math.max(...limits.map(Number));
}

const PROMPT = [
  'messages',
  'input',
  'prompt',
  'instructions',
  'suffix',
  'system',
  'tools',
  'functions',
  'response_format',
  'text',
  'documents',
];

function promptBytes(body: Record<string, unknown>): number {
  return PROMPT.reduce((bytes, name) => bytes + textBytes(body[name]), 0);
}

function textBytes(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value !== 'object' || value === null) return value === undefined || value === null ? 0 : String(value).length;
  return Object.entries(value).reduce(
    (bytes, [name, item]) => bytes + (Array.isArray(value) ? 0 : Buffer.byteLength(name)) + textBytes(item),
    0,
  );
}

function response(inputTokens: number, outputTokens: number) {
  const content = [{ type: 'output_text', text: 'x', annotations: [] }];
  return {
    id: 'resp_1',
    object: 'response',
    created_at: 1_700_000_000,
    status: 'completed',
    model: 'm',
    output: [{ id: 'msg_1', type: 'message', role: 'assistant', status: 'completed', content }],
    usage: { input_tokens: inputTokens, output_tokens: outputTokens, total_tokens: inputTokens + outputTokens },
  };
}
