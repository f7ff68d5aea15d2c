import type { GatewayConfig } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { gatewayOf, providersAt, upstream } from '../public/harness.ts';
import { serve } from '../public/node-server.ts';
import { completion } from '../support/chat-upstream.ts';
import { TestClock } from '../support/test-clock.ts';
import { PRICES } from './stage.ts';

/** What begins work that a vendor bills, by ways that are no model's endpoint. Of a form, its fields. */
const KINDS: readonly (readonly [kind: string, path: string, body: Record<string, unknown> | FormData])[] = [
  ['a batch', '/batches', { input_file_id: 'file_1', endpoint: '/v1/chat/completions', completion_window: '24h' }],
  ['a batch that names a model', '/batches', { model: 'm', input_file_id: 'file_1', endpoint: '/v1/responses' }],
  ["a thread's run", '/threads/thread_1/runs', { assistant_id: 'asst_1' }],
  ["a thread's run, streamed", '/threads/thread_1/runs', { assistant_id: 'asst_1', stream: true }],
  ['a thread with its run', '/threads/runs', { assistant_id: 'asst_1' }],
  ["what a run's tools found", '/threads/thread_1/runs/run_1/submit_tool_outputs', { tool_outputs: [] }],
  ['fine-tuning', '/fine_tuning/jobs', { model: 'm', training_file: 'file_1' }],
  ['fine-tuning that goes on', '/fine_tuning/jobs/job_1/resume', {}],
  ['a run of an eval', '/evals/eval_1/runs', { data_source: { type: 'jsonl', source: { type: 'file_id', id: 'file_1' } } }],
  ['a run of a grader', '/fine_tuning/alpha/graders/run', { grader: { type: 'score_model', model: 'm' }, model_sample: 'x' }],
  ['a container', '/containers', { name: 'c' }],
  ['a vector store', '/vector_stores', { file_ids: ['file_1'] }],
  ['a file in a vector store', '/vector_stores/vs_1/files', { file_id: 'file_1' }],
  ['files in a vector store', '/vector_stores/vs_1/file_batches', { file_ids: ['file_1'] }],
  ['a search in a vector store', '/vector_stores/vs_1/search', { query: 'x' }],
  ['a client secret', '/realtime/client_secrets', { session: { type: 'realtime', model: 'm' } }],
  ['a client secret that names no model', '/realtime/client_secrets', {}],
  ['a realtime session', '/realtime/sessions', { model: 'm' }],
  ['a transcription session', '/realtime/transcription_sessions', {}],
  ['a realtime call', '/realtime/calls', form({ sdp: 'v=0', session: '{"type":"realtime","model":"m"}' })],
  ['a realtime call that is taken', '/realtime/calls/call_1/accept', { type: 'realtime', model: 'm' }],
  ['a video', '/videos', form({ model: 'm', prompt: 'a door' })],
  ['a video by JSON', '/videos', { model: 'unheard-of', prompt: 'a door' }],
  ['a video anew', '/videos/video_1/remix', { prompt: 'a door' }],
  ['a session of ChatKit', '/chatkit/sessions', { workflow: { id: 'wf_1' }, user: 'u' }],
  ['a skill', '/skills', form({ files: 'x' })],
  ['a version of a skill', '/skills/skill_1/versions', form({ files: 'x' })],
  ['an answer of a stored prompt', '/responses', { prompt: { id: 'pmpt_1' } }],
  ['what is new to the API', '/videos/video_1/unheard-of', {}],
];

const FREE: readonly (readonly [kind: string, path: string, body: Record<string, unknown>])[] = [
  ['a conversation', '/conversations', {}],
  ["a conversation's items", '/conversations/conv_1/items', { items: [] }],
  ['the end of a session of ChatKit', '/chatkit/sessions/session_1/cancel', {}],
  ['the end of a batch', '/batches/batch_1/cancel', {}],
];

function form(fields: Record<string, string>): FormData {
  const made = new FormData();
  for (const [name, value] of Object.entries(fields)) made.set(name, value);
  return made;
}

function hexOf(letter: string): string {
  return `%${letter.charCodeAt(0).toString(16)}`;
}

type Budget = NonNullable<GatewayConfig['budgets']>[number];

/** Budgets that refuse what may cost, and whether a call uses them up first. */
const STATES: readonly (readonly [state: string, budget: Partial<Budget>, isUsedUp: boolean])[] = [
  ['of nothing', { limit: { usd: 0 } }, false],
  ['that is used up', { limit: { usd: 0.000_02 }, estimate: 'expected' }, true],
  ['with room', { limit: { usd: 1 } }, false],
];

async function doorsOf(budget: Partial<Budget>) {
  const server = await upstream((exchange) => exchange.answer(200, completion('hello')));
  const gateway = gatewayOf({
    providers: providersAt(server, 'one'),
    defaultProvider: 'one',
    models: { m: ['one/m'] },
    prices: { 'one/m': PRICES['one/m'] },
    budgets: [{ name: 'all', window: 'day', ...budget } as Budget],
    clock: new TestClock(),
  });
  const { origin } = await serve(gateway.handler);
  const post = async (path: string, body: Record<string, unknown> | FormData) => {
    const init = body instanceof FormData ? { body } : { body: JSON.stringify(body) };
    const response = await fetch(origin + path, { method: 'POST', ...init });
    return { status: response.status, body: (await response.json()) as { readonly error?: Record<string, unknown> } };
  };
  return { gateway, server, post };
}

describe.each(STATES)('a budget %s', (_, budget, isUsedUp) => {
  const staged = async () => {
    const doors = await doorsOf(budget);
    if (isUsedUp) {
      const chat = { model: 'm', messages: [{ role: 'user', content: 'x' }], max_tokens: 1 };
      expect((await doors.post('/v1/chat/completions', chat)).status).toBe(200);
      expect(await doors.gateway.control.budgets()).toMatchObject([{ remaining: { usd: 0 } }]);
    }
    return { ...doors, before: doors.server.requests.length };
  };

  it('refuses whatever may cost by a side door, by its name, and sends nothing', async () => {
    const { server, post, before } = await staged();
    const answers = await Promise.all(KINDS.map(([, path, body]) => post(`/v1${path}`, body)));
    const told = answers.map(({ status, body: { error } }, place) => [KINDS[place]?.[0], status, error?.budget]);
    expect(told).toEqual(KINDS.map(([kind]) => [kind, 402, 'all']));
    const codes = new Set(answers.map(({ body: { error } }) => error?.code));
    expect([...codes].filter((code) => code !== 'unknown_price' && code !== 'budget_exceeded')).toEqual([]);
    expect(server.requests).toHaveLength(before);
  });

  it.each([
    ['another mount', (path: string) => `/llm/openai/v1${path}`, [402]],
    ['a slash at its end', (path: string) => `/v1${path}/`, [402]],
    ['a query', (path: string) => `/v1${path}?api-version=1`, [402]],
    ['an encoded letter', (path: string) => `/v1${path.replace(/\w$/, hexOf)}`, [402, 404]],
    ['capitals', (path: string) => `/v1${path.toUpperCase()}`, [402, 404]],
  ])('does so by %s too', async (__, spelled, expected) => {
    const { server, post, before } = await staged();
    const answers = await Promise.all(KINDS.map(([, path, body]) => post(spelled(path), body)));
    const others = answers.flatMap(({ status }, place) => (expected.includes(status) ? [] : [[KINDS[place]?.[0], status]]));
    expect(others).toEqual([]);
    expect(server.requests).toHaveLength(before);
  });

  it('lets pass what costs nothing', async () => {
    const { server, gateway, post, before } = await staged();
    const spent = (await gateway.control.budgets())[0]?.spent;
    for (const [kind, path, body] of FREE) expect([kind, (await post(`/v1${path}`, body)).status]).toEqual([kind, 200]);
    expect(server.requests).toHaveLength(before + FREE.length);
    expect(await gateway.control.budgets()).toMatchObject([{ spent }]);
  });
});
