/** Whatever the schema is needed for. The build evaluates all of it when one of these is first called, and not before. */
export { configJsonSchema } from './json-schema.ts';
export { normalise, validate } from './normalise.ts';
export { parsePrices } from './parse-prices.ts';
