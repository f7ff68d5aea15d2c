import type { Gateway } from 'tollgate';
import { expect, it } from 'vitest';
import { stage } from '../budgets/stage.ts';
import { failureOf, messages } from '../public/harness.ts';
import type { FaultExchange } from '../support/fault-server.ts';

/** `ResponseError` of OpenAI's client, but for what is the fault of its servers. */
const OF_THE_REQUEST = [
  'invalid_prompt',
  'data_residency_mismatch',
  'invalid_image',
  'invalid_image_format',
  'invalid_base64_image',
  'invalid_image_url',
  'invalid_image_mode',
  'image_too_large',
  'image_too_small',
  'image_parse_error',
  'image_file_too_large',
  'unsupported_image_media_type',
  'empty_image_file',
  'failed_to_download_image',
  'image_file_not_found',
];
const OF_THE_CONTENT = ['bio_policy', 'cyber_policy', 'misalignment_policy_violation', 'image_content_policy_violation'];

const failed = (code: string) => ({
  id: 'resp_1',
  object: 'response',
  status: 'failed',
  model: 'm',
  output: [],
  error: { code, message: 'refused' },
});

async function respond(gateway: Gateway, stream: boolean): Promise<void> {
  const answer = await gateway.responses.create({ model: 'pair', input: 'hello', stream });
  if (stream) for await (const _ of answer as AsyncIterable<unknown>);
}

async function chat(gateway: Gateway, stream: boolean): Promise<void> {
  const answer = await gateway.chat.completions.create({ model: 'pair', messages, stream });
  if (stream) for await (const _ of answer as AsyncIterable<unknown>);
}

const answering =
  (whole: unknown, event: unknown) =>
  async (exchange: FaultExchange): Promise<void> => {
    if (!exchange.request.body.includes('"stream":true')) return exchange.answer(200, whole);
    await exchange.sseHead();
    await exchange.sse(event);
  };

const vague = { error: { message: 'refused', type: 'invalid_request_error', code: null, param: null } };

const failing = (code: string) => answering(failed(code), { type: 'response.failed', response: failed(code) });

const REFUSALS: [string, object, (exchange: FaultExchange) => Promise<void>, typeof chat][] = [
  ['an error without a code in a chat answer', { status: 400 }, answering(vague, vague), chat],
  ...OF_THE_REQUEST.map((code): (typeof REFUSALS)[number] => [code, { status: 400, code }, failing(code), respond]),
  ...OF_THE_CONTENT.map((code): (typeof REFUSALS)[number] => [code, { status: 400 }, failing(code), respond]),
];

// Five failures in a row would take a deployment out.
const CALLS = [false, true, false, true, false, true];

it.each(REFUSALS)(
  'a refusal of the request within a 200 is the caller’s, and no mark against the deployment: %s',
  async (_, refusal, script, call) => {
    const { gateway, server } = await stage({}, script);
    for (const stream of CALLS) expect(await failureOf(call(gateway, stream))).toMatchObject(refusal);
    expect(server.requests.map(({ path }) => path.split('/')[1])).toEqual(CALLS.map(() => 'one'));
  },
);
