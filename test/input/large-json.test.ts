import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { GatheredBytes } from '../../src/gateway/doors/http-body/gathered-bytes.ts';
import { parseLargeJson } from '../../src/gateway/doors/http-body/parse-large-json.ts';
import { jsonBytes } from '../../src/providers/json-bytes.ts';

function gathered(bytes: Uint8Array): GatheredBytes {
  const all = new GatheredBytes(1_000_000);
  all.add(bytes);
  return all;
}

const read = (text: string | Uint8Array) => parseLargeJson(gathered(Buffer.from(text)));

/** As the gateway takes it: half a surrogate pair is U+FFFD in every text. */
function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== 'object' || value === null) return value;
  const copy = {};
  for (const [name, item] of Object.entries(value))
    Object.defineProperty(copy, name.toWellFormed(), {
      value: wellFormed(item),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  return copy;
}

/** Numbers from a seed, so that a failure comes again. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const PIECES = [
  ...['a', 'xyz', ' ', '0', 'é', 'ÿ', 'ж', '漢', '😀', '\u{10ffff}', '\u2028', '\u007f'],
  ...['\\n', '\\"', '\\\\', '\\/', '\\b', '\\u00ff', '\\u00FF1', '\\u0416', '\\u0041', '\\u0000'],
  ...['\\ud83d\\ude00', '\\ud83d', '\\ude00', '\\ud83d\\ud83d\\ude00', '\\uD83D\\uDE00'],
];

function randomJson(random: (below: number) => number, depth = 0): string {
  const text = () => `"${Array.from({ length: random(6) }, () => PIECES[random(PIECES.length)]).join('')}"`;
  const kind = random(depth > 4 ? 3 : 6);
  const space = [' ', '', '\n\t'][random(3)];
  if (kind < 2) return text();
  if (kind === 2) return ['1', '-0', '1.5e3', '1e999', 'true', 'null', '12345678901234567890'][random(7)] as string;
  const items = Array.from({ length: random(5) }, () => randomJson(random, depth + 1));
  if (kind === 3) return `[${space}${items.join(`${space},`)}]`;
  const names = ['"__proto__"', '"1"', '"constructor"'];
  return `{${items.map((item) => `${random(4) === 0 ? names[random(3)] : text()}${space}:${space}${item}`).join(',')}}`;
}

describe('a large body', () => {
  it('means what JSON.parse makes of it', async () => {
    const random = randomFrom(7);
    for (let round = 0; round < 800; round += 1) {
      const json = randomJson(random);
      const expected = wellFormed(JSON.parse(json));
      const value = await read(json);
      expect(isDeepStrictEqual(value, expected), json).toBe(true);
      expect(JSON.stringify(value)).toBe(JSON.stringify(expected));
    }
  });

  it('is refused where JSON.parse refuses it', async () => {
    const random = randomFrom(11);
    const breaks = ['"', '\\', '\n', '}', 'é', '\u00ff0', ',', '\\u12', '\u0001', '\\x', ''];
    for (let round = 0; round < 800; round += 1) {
      const json = randomJson(random);
      const at = random(json.length + 1);
      const broken = json.slice(0, at) + breaks[random(breaks.length)] + json.slice(at + random(2));
      const expected = outcomeOf(() => JSON.parse(broken));
      expect(
        await read(broken).then(
          () => 'read',
          () => 'refused',
        ),
        broken,
      ).toBe(expected);
    }
  });

  it('may begin with a byte order mark, and broken UTF-8 is replaced as a decoder does', async () => {
    const bytes = Buffer.concat([
      Buffer.from('\ufeff{"a":"é'),
      Buffer.of(0xc3, 0xe2, 0x82, 0xff, 0xf0, 0x9f),
      Buffer.from('","b":"\ud83d\\u00e9"}'),
    ]);
    expect(await read(bytes)).toStrictEqual(JSON.parse(new TextDecoder().decode(bytes)));
  });

  it('has own fields of any name, and none of them is a prototype', async () => {
    const value = (await read('{"__proto__":"é","b":{"__proto__":{"é":"ж"}}}')) as Record<string, unknown>;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(JSON.stringify(value)).toBe('{"__proto__":"é","b":{"__proto__":{"é":"ж"}}}');
  });
});

describe('the bytes of a large value', () => {
  it('are those of JSON.stringify, of long lists with numbers among others', () => {
    const numbers = Array.from(
      { length: 1_500 },
      (_, at) => [at, -at, at / 7, at * 1e21, -0, Number.NaN, Number.MAX_VALUE][at % 7],
    );
    for (const list of [numbers, [...numbers, 'é', ...numbers, [numbers], null, 1], [1], ['a', 1, 'b'], [], [[], 1]])
      expect(Buffer.from(jsonBytes({ list }, 10)).equals(Buffer.from(JSON.stringify({ list })))).toBe(true);
  });

  it('are those of JSON.stringify', () => {
    const random = randomFrom(5);
    for (let round = 0; round < 300; round += 1) {
      const value = { first: JSON.parse(randomJson(random)), left: undefined, list: [undefined, Number.NaN, new Date(0)] };
      expect(Buffer.from(jsonBytes(value, random(100))).toString()).toBe(Buffer.from(JSON.stringify(value)).toString());
    }
  });

  it.each(['x', 'ж', '😀', 'a😀', '"', '\u0001', '\ud83d'])('are those of a long text of %j', (character) => {
    const value = { [character.repeat(20_000)]: [character.repeat(50_001)] };
    expect(Buffer.from(jsonBytes(value, 10)).equals(Buffer.from(JSON.stringify(value)))).toBe(true);
  });
});

function outcomeOf(parse: () => unknown): 'read' | 'refused' {
  try {
    parse();
    return 'read';
  } catch {
    return 'refused';
  }
}
