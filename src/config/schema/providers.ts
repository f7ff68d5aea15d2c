import type { OpenAI } from 'openai';
import { z } from 'zod';
import type { Provider } from '../../providers/provider.ts';
import { PROVIDER_TYPES } from '../../providers/types/index.ts';
import type { ProviderMiddleware } from '../../providers/wrap-provider.ts';
import { hasFunctions } from '../containers.ts';
import { timeoutsSchema } from './policies.ts';
import { list, nonEmptyList, text } from './scalars.ts';

const KEY_EXPECTED = 'expected an API key: not empty, Latin characters only, no line breaks or control characters';

/** A key as it is sent in a header; what copying and files add around it (spaces, line ends, a BOM) is cut off. */
export const apiKeySchema = z
  .string(KEY_EXPECTED)
  .trim()
  .regex(/^[\x20-\x7e\xa0-\xff]+$/, KEY_EXPECTED);

const tokenFunction = z.custom<() => string | Promise<string>>((value) => typeof value === 'function', 'expected a function');

const KEYS_EXPECTED = 'expected an API key, a list of API keys or a function that gives one';

const HEADER_VALUE_EXPECTED = 'expected a header value: Latin characters only, no line breaks or control characters';
const HEADER_NAME_EXPECTED = 'expected the name of a header that may be set';

// Headers that frame the message belong to the transport.
const headerName = z
  .string(HEADER_NAME_EXPECTED)
  .regex(
    /^(?!(?:connection|content-length|expect|keep-alive|te|trailer|transfer-encoding|upgrade)$)[\w!#$%&'*+.^`|~-]+$/i,
    HEADER_NAME_EXPECTED,
  );

const headerValue = z.string(HEADER_VALUE_EXPECTED).regex(/^[\t\x20-\x7e\x80-\xff]*$/, HEADER_VALUE_EXPECTED);

const BASE_URL_EXPECTED = 'expected an http or https URL without user, password, query and fragment';

const baseUrl = z
  .string(BASE_URL_EXPECTED)
  .regex(/^https?:\/\/[^\s\\?#\p{Cc}]+$/iu, BASE_URL_EXPECTED)
  .refine(isPlainUrl, BASE_URL_EXPECTED);

function isPlainUrl(value: string): boolean {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  return url !== undefined && url.hostname !== '' && !/^[^/]*\/\/[^/]*@/.test(value);
}

const openaiClient = z.custom<OpenAI>(
  (value) => typeof value === 'object' && value !== null && 'chat' in value,
  'expected an OpenAI client',
);

const ownProvider = z.custom<Provider>(
  (value) => hasFunctions(value, ['supports', 'capabilities', 'unsupported', 'send', 'classify']),
  'expected an object implementing Provider',
);

const middleware = z.custom<ProviderMiddleware>((value) => typeof value === 'function', 'expected a function');

export const regionSchema = text('a region of lower-case letters, digits and dashes', /^[a-z0-9-]+$/);

export const providerSchema = z.strictObject(
  {
    type: z
      .string('expected the name of a provider type')
      .meta({ examples: [...PROVIDER_TYPES] })
      .optional(),
    apiKey: z.union([apiKeySchema, nonEmptyList(apiKeySchema, 'a list of API keys'), tokenFunction], KEYS_EXPECTED).optional(),
    adminApiKey: apiKeySchema.optional(),
    baseURL: baseUrl.optional(),
    headers: z.record(headerName, headerValue, 'expected an object of header names and values').optional(),
    client: openaiClient.optional(),
    provider: ownProvider.optional(),
    middleware: list(middleware, 'a list of middleware').optional(),
    timeouts: timeoutsSchema.optional(),
    drop: list(text('the name of a param'), 'a list of param names').optional(),
    organization: text('an organization', /^[\x20-\x7e]+$/).optional(),
    project: text('a project', /^[\x20-\x7e]+$/).optional(),
    region: regionSchema.optional(),
    apiVersion: text('an API version of letters, digits, dots and dashes', /^[\w.-]+$/).optional(),
  },
  'expected a provider: an object, {} if its name says it all',
);
