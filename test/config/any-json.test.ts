import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConfigurationError } from '../../src/errors/configuration-error.ts';
import { exampleConfig, exampleEnvironment, planOf } from './registry.ts';

const names = fc.constantFrom(
  'openai',
  'lab',
  'fast',
  'smart',
  'openai/x',
  'openai/*',
  'day',
  'type',
  '__proto__',
  'constructor',
);

const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'medium' },
    fc.constantFrom(null, true, 0, -1, 1.5, 1e300, '', '\u0000', '9m'),
    names,
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(names, fc.constantFrom(...keysOf(exampleConfig))), tie('json'), { maxKeys: 5, noNullPrototype: true }),
  ),
}));

/** The example with one place replaced by something else. */
const mutated = fc.tuple(fc.nat(), json).map(([choice, replacement]) => {
  const config: unknown = JSON.parse(JSON.stringify(exampleConfig));
  const places = placesOf(config);
  const place = places[choice % places.length];
  if (place !== undefined) Reflect.set(place.holder, place.key, replacement);
  return config;
});

test('any JSON either becomes a plan or is refused by name, and pollutes nothing', () => {
  const before = Reflect.ownKeys(Object.prototype);
  let accepted = 0;
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), json, mutated, mutated), (config) => {
      if (isAccepted(config)) accepted += 1;
      expect(Reflect.ownKeys(Object.prototype)).toEqual(before);
    }),
    { numRuns: 2_000, interruptAfterTimeLimit: 15_000, markInterruptAsFailure: false },
  );
  expect(accepted).toBeGreaterThan(0);
});

function isAccepted(config: unknown): boolean {
  try {
    expect(Object.isFrozen(planOf(config, exampleEnvironment))).toBe(true);
    return true;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    expect(error.issues.length).toBeGreaterThan(0);
    return false;
  }
}

interface Place {
  readonly holder: object;
  readonly key: string;
}

function placesOf(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [{ holder: value, key }, ...placesOf(item)]);
}

function keysOf(value: unknown): string[] {
  return [...new Set(placesOf(value).map(({ key }) => key))];
}
