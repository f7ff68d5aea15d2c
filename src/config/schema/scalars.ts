import { z } from 'zod';
import { isLimitUsd, LARGEST_LIMIT_USD, SMALLEST_LIMIT_USD } from '../../core/money.ts';

/** A list that a user may also write as a read-only array. */
export function list<T extends z.ZodType>(item: T, expected: string) {
  return z.array(item, `expected ${expected}`).readonly();
}

export function nonEmptyList<T extends z.ZodType>(item: T, expected: string) {
  return z.array(item, `expected ${expected}`).min(1, `expected ${expected}, not an empty one`).readonly();
}

export function positiveInteger(unit: string) {
  const expected = `expected a positive whole number of ${unit}`;
  return z.int(expected).positive(expected);
}

export function nonNegativeInteger(unit: string) {
  const expected = `expected a whole number of ${unit}, 0 or more`;
  return z.int(expected).nonnegative(expected);
}

export function nonNegativeNumber(what: string) {
  const expected = `expected ${what}, a finite number of 0 or more`;
  return z.number(expected).nonnegative(expected);
}

export function usdLimit() {
  const expected = `expected dollars, a number from 0 to ${LARGEST_LIMIT_USD}`;
  const tooSmall = `expected dollars, 0 or at least a nano-dollar (${SMALLEST_LIMIT_USD})`;
  return z.number(expected).nonnegative(expected).max(LARGEST_LIMIT_USD, expected).refine(isLimitUsd, tooSmall);
}

export const flag = z.boolean('expected true or false');

/** Text of a pattern; by default, not empty and without control characters. */
export function text(expected: string, pattern = /^[^\p{Cc}]+$/u) {
  return z.string(`expected ${expected}`).regex(pattern, `expected ${expected}`);
}

const NAME_EXPECTED = 'expected a name of 1 to 256 characters without control characters or spaces at its ends';

/** Names of models, budgets and keys. */
export const nameSchema = z
  .string(NAME_EXPECTED)
  .max(256, NAME_EXPECTED)
  .regex(/^(?!\s)[^\p{Cc}]+(?<!\s)$/u, NAME_EXPECTED);

const PROVIDER_NAME_EXPECTED = 'expected a name of letters, digits, dots, dashes and underscores';

export const providerNameSchema = z
  .string(PROVIDER_NAME_EXPECTED)
  .max(128, PROVIDER_NAME_EXPECTED)
  .regex(/^[A-Za-z0-9][\w.-]*$/, PROVIDER_NAME_EXPECTED);

const GLOBS_EXPECTED = 'expected a glob or a list of globs';

/** One glob or several; `*` stands for any characters. */
export const globsSchema = z.union([text('a glob'), nonEmptyList(text('a glob'), 'a list of globs')], GLOBS_EXPECTED);

/** Caller dimensions (and, in budgets, `model` and `provider`) with the globs they must match. */
export const matchSchema = z.record(nameSchema, globsSchema, 'expected an object of dimensions and globs');

/** JSON fields that go into a call's params. */
export const paramsSchema = z.record(z.string(), z.unknown(), 'expected an object of params');

// One millionth of a dollar per million tokens: less is a price per token by mistake, and would count as nothing.
const LOWEST_PRICE = 0.000_001;
const HIGHEST_PRICE = 1_000_000;
const PRICE_EXPECTED = `expected dollars per million tokens: 0, or a number from ${LOWEST_PRICE.toFixed(6)} to ${HIGHEST_PRICE}`;

const tokenPrice = z
  .number(PRICE_EXPECTED)
  .nonnegative(PRICE_EXPECTED)
  .max(HIGHEST_PRICE, PRICE_EXPECTED)
  .refine((price) => price === 0 || price >= LOWEST_PRICE, PRICE_EXPECTED);

/** Dollars for each. */
const unitPrices = {
  request: usdLimit().optional(),
  image: usdLimit().optional(),
  minute: usdLimit().optional(),
  character: usdLimit().optional(),
  session: usdLimit().optional(),
};

const TOKEN_PRICE_EXPECTED = 'expected a price: { input, output, cacheRead?, cacheWrite?, reasoning?, … }';

const classPrices = {
  cacheRead: tokenPrice.optional(),
  cacheWrite: tokenPrice.optional(),
  cacheWrite1h: tokenPrice.optional(),
  reasoning: tokenPrice.optional(),
  inputAudio: tokenPrice.optional(),
  cacheReadAudio: tokenPrice.optional(),
  outputAudio: tokenPrice.optional(),
  inputImage: tokenPrice.optional(),
  cacheReadImage: tokenPrice.optional(),
  outputImage: tokenPrice.optional(),
  inputVideo: tokenPrice.optional(),
  outputVideo: tokenPrice.optional(),
  citation: tokenPrice.optional(),
};

/** A price that has one for tokens. */
export const tokenPriceSchema = z.strictObject(
  { input: tokenPrice, output: tokenPrice, ...classPrices, ...unitPrices },
  TOKEN_PRICE_EXPECTED,
);

const OTHER_PRICE_EXPECTED =
  'expected a price: { input, output, … }, { request?, image?, minute?, character?, session? }, or both';
const ofTokens = z.never('a price of tokens names input and output').optional();

/** A price by other units alone. */
const otherPriceSchema = z
  .strictObject({ ...mapped(classPrices, ofTokens), input: ofTokens, output: ofTokens, ...unitPrices }, OTHER_PRICE_EXPECTED)
  .refine((price) => Object.values(price).some((usd) => usd !== undefined), OTHER_PRICE_EXPECTED)
  .meta({ minProperties: 1 });

export const priceSchema = z.union([tokenPriceSchema, otherPriceSchema], OTHER_PRICE_EXPECTED);

function mapped<Key extends string, T>(fields: Readonly<Record<Key, unknown>>, value: T): Record<Key, T> {
  return Object.fromEntries(Object.keys(fields).map((name) => [name, value])) as Record<Key, T>;
}

const TOOL_PRICE_EXPECTED = 'expected dollars for each use, or { usd, maxUses? }';

const toolPriceSchema = z.union(
  [usdLimit(), z.strictObject({ usd: usdLimit(), maxUses: nonNegativeInteger('uses').optional() })],
  TOOL_PRICE_EXPECTED,
);

export const toolPricesSchema = z.record(
  z.string(),
  toolPriceSchema,
  "expected an object of prices by 'tool' or 'provider/tool'",
);

export const pricesSchema = z.record(z.string(), priceSchema, "expected an object of prices by 'provider/model'");
