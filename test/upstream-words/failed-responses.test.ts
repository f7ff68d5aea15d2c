import type { ResponseError } from 'openai/resources/responses/responses';
import type { Gateway } from 'tollgate';
import { expect, it } from 'vitest';
import { stage } from '../budgets/stage.ts';
import { failureOf, messages } from '../public/harness.ts';
import type { FaultExchange } from '../support/fault-server.ts';

/** Whose fault each code of OpenAI's client is; one that a newer version adds does not compile until it is judged. */
const FAULTS: Readonly<Record<ResponseError['code'], 'request' | 'content' | 'server'>> = {
  server_error: 'server',
  rate_limit_exceeded: 'server',
  vector_store_timeout: 'server',
  invalid_prompt: 'request',
  data_residency_mismatch: 'request',
  invalid_image: 'request',
  invalid_image_format: 'request',
  invalid_base64_image: 'request',
  invalid_image_url: 'request',
  invalid_image_mode: 'request',
  image_too_large: 'request',
  image_too_small: 'request',
  image_parse_error: 'request',
  image_file_too_large: 'request',
  image_file_not_found: 'request',
  unsupported_image_media_type: 'request',
  empty_image_file: 'request',
  failed_to_download_image: 'request',
  bio_policy: 'content',
  misalignment_policy_violation: 'content',
  image_content_policy_violation: 'content',
};

const codesOf = (fault: string) => Object.entries(FAULTS).flatMap(([code, own]) => (own === fault ? [code] : []));

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
  ...codesOf('request').map((code): (typeof REFUSALS)[number] => [code, { status: 400, code }, failing(code), respond]),
  ...[...codesOf('content'), 'cyber_policy'].map((code): (typeof REFUSALS)[number] => [
    code,
    { status: 400 },
    failing(code),
    respond,
  ]),
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
