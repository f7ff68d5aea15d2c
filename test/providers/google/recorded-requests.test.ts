import { expect, it } from 'vitest';
import { exchangeIndex, readExchange } from '../../support/fixtures.ts';
import { camelCased, comparable, type Native, toOpenAi } from './native-to-openai.ts';
import { type Kind, upstream } from './replay.ts';

const recordings = exchangeIndex()
  .filter(({ provider, endpoint, has_request: has }) => {
    return has && (provider === 'google' || provider === 'vertex') && /^(stream)?generateContent$/i.test(endpoint);
  })
  // A role that OpenAI's form has no word for.
  .filter(({ file }) => !file.includes('invalid-role'))
  .map((entry) => ({ ...entry, kind: entry.provider as Kind, request: readExchange(entry.file).request }));

it.each(recordings)('sends what was recorded: $file', async ({ kind, model, stream, request }) => {
  const native = camelCased(request?.body) as Native;
  const [, version, project, region] = /^\/(v1\w*)\/(?:projects\/([^/]+)\/locations\/([^/]+))?/.exec(request?.path ?? '') ?? [];
  const account = { apiVersion: version, project, region: region ?? undefined };
  const { send, server, sent, provider } = await upstream(kind, ({ answer }) => answer(500, {}), account);
  const params = toOpenAi(native);
  expect(provider.unsupported({ operation: 'chat', upstreamModel: model, params, stream })).toEqual([]);
  await send({ upstreamModel: model, stream, params }).catch(() => undefined);
  expect(comparable(sent() as Native)).toEqual(comparable(native));
  const path = server.requests[0]?.path ?? '';
  expect(decodeURIComponent(path)).toBe((request?.path ?? '').replace(/\?%24alt=.*/, ''));
});
