import type { GatewayConfig } from 'tollgate';
import { describe, expect, it } from 'vitest';
import { bodies, failureOf, gatewayOf, upstream } from '../public/harness.ts';
import { answerInKind } from './wires.ts';

type Json = Record<string, unknown>;

const STRICT = [
  ['anthropic', 'claude-sonnet-4-5', {}],
  ['bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', { region: 'us-east-1' }],
] as const;
const GEMINI_2 = ['google', 'gemini-2.0-flash', {}] as const;

async function stage(type: string, model: string, settings: Json) {
  const server = await upstream(answerInKind);
  const provider = { type, apiKey: 'test-key-0123456789', baseURL: server.origin, ...settings };
  const gateway = gatewayOf({ providers: { p: provider }, models: { m: [`p/${model}`] } } as unknown as GatewayConfig);
  const messages = [{ role: 'user', content: 'x' }];
  const ask = (params: Json) => gateway.chat.completions.create({ model: 'm', messages, ...params } as never);
  return { server, ask };
}

interface Sent {
  readonly schema: Json;
  readonly strict: boolean;
}

/** A tool's parameters as they go out. */
async function toolSent(
  [type, model, settings]: readonly [string, string, Json],
  parameters: Json,
  strict = false,
): Promise<Sent> {
  const { server, ask } = await stage(type, model, settings);
  await ask({ tools: [{ type: 'function', function: { name: 'look', parameters, strict } }] });
  const body = bodies(server)[0] as { tools?: Json[]; toolConfig?: { tools: { toolSpec: Json }[] } };
  const spec = body.toolConfig?.tools[0]?.toolSpec ?? body.tools?.[0] ?? {};
  const declared = (spec.functionDeclarations as Json[] | undefined)?.[0]?.parameters;
  const schema = (declared ?? spec.input_schema ?? (spec.inputSchema as Json).json) as Json;
  return { schema, strict: spec.strict === true };
}

/** An answer's schema as it goes out natively; undefined if a tool stands for it. */
async function formatSent([type, model, settings]: readonly [string, string, Json], schema: Json): Promise<unknown> {
  const { server, ask } = await stage(type, model, settings);
  await ask({ response_format: { type: 'json_schema', json_schema: { name: 'n', schema } }, max_tokens: 100 });
  const body = bodies(server)[0] as {
    output_config?: { format: { schema: Json } };
    outputConfig?: { textFormat: { structure: { jsonSchema: { schema: string } } } };
  };
  const text = body.outputConfig?.textFormat.structure.jsonSchema.schema;
  return body.output_config?.format.schema ?? (text === undefined ? undefined : JSON.parse(text));
}

const string = { type: 'string' };
const object = (properties: Json, more: Json = {}) => ({ type: 'object', properties, ...more });

describe.each([...STRICT, GEMINI_2])('parameters at %s, %s, that are said in parts', (...wire) => {
  const properties = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, expect.anything()]));

  it.each([
    ['alternatives', { anyOf: [object({ a: string }), object({ b: string })] }, ['a', 'b'], undefined, 'a | b'],
    [
      'alternatives beside properties',
      object(
        { a: string },
        { oneOf: [object({ b: string }, { required: ['b'] }), { properties: { c: string } }], required: ['a'] },
      ),
      ['a', 'b', 'c'],
      ['a'],
      'b | c',
    ],
    [
      'what each alternative requires',
      { anyOf: [object({ k: { const: 'x' } }, { required: ['k'] }), object({ k: { const: 'y' } }, { required: ['k'] })] },
      ['k'],
      ['k'],
      'k | k',
    ],
    [
      'one of several that is required',
      object({ a: string, b: string }, { anyOf: [{ required: ['a'] }, { required: ['b'] }] }),
      ['a', 'b'],
      undefined,
      'a | b',
    ],
    [
      'parts that all hold',
      { allOf: [object({ a: string }, { required: ['a'] }), object({ b: string }, { required: ['b'] })] },
      ['a', 'b'],
      ['a', 'b'],
      undefined,
    ],
    [
      'a reference',
      { $ref: '#/definitions/Look', definitions: { Look: object({ a: string }, { required: ['a'] }) } },
      ['a'],
      ['a'],
      undefined,
    ],
    [
      'references that lead to each other',
      {
        $ref: '#/$defs/A',
        $defs: { A: { anyOf: [object({ a: string }), { $ref: '#/$defs/B' }] }, B: { allOf: [{ $ref: '#/$defs/A' }] } },
      },
      ['a'],
      undefined,
      undefined,
    ],
  ])('are one object: %s', async (_, parameters, names, required, together) => {
    const { schema } = await toolSent(wire, parameters);
    expect(String(schema.type).toLowerCase()).toBe('object');
    expect(schema.properties).toEqual(properties(names));
    expect(schema.required).toEqual(required);
    for (const keyword of ['anyOf', 'oneOf', 'allOf', '$ref']) expect(schema).not.toHaveProperty(keyword);
    if (together === undefined) expect(schema.description ?? '').not.toContain('|');
    else expect(schema.description).toContain(together);
  });
});

it('keeps a schema that says its object itself', async () => {
  const given = object({ a: { anyOf: [string, { type: 'null' }] } }, { required: ['a'], additionalProperties: false });
  for (const wire of STRICT) expect(await toolSent(wire, given)).toEqual({ schema: given, strict: false });
});

it('keeps references to a part that stood at the top', async () => {
  const at = object({ x: string });
  const parameters = { anyOf: [object({ a: at }), object({ b: { $ref: '#/anyOf/0/properties/a' } })] };
  const { schema } = await toolSent(STRICT[0], parameters);
  expect(schema).toMatchObject({
    properties: { a: at, b: { $ref: '#/$defs/anyOf_0/properties/a' } },
    $defs: { anyOf_0: object({ a: at }) },
  });
  expect((await toolSent(GEMINI_2, parameters)).schema.properties).toMatchObject({
    b: { type: 'OBJECT', properties: { x: { type: 'STRING' } } },
  });
});

it('puts a property that two alternatives have in either form', async () => {
  const parameters = { oneOf: [object({ k: { const: 'x' }, a: string }), object({ k: { const: 'y' }, a: string })] };
  const { schema } = await toolSent(STRICT[0], parameters, true);
  expect(schema.properties).toEqual({ k: { anyOf: [{ const: 'x' }, { const: 'y' }] }, a: string });
});

it.each([STRICT[0], GEMINI_2])('%s, %s: references that double at every step take no time', async (...wire) => {
  const $defs = Object.fromEntries(
    Array.from({ length: 60 }, (_, n) => [`d${n}`, { anyOf: [{ $ref: `#/$defs/d${n + 1}` }, { $ref: `#/$defs/d${n + 1}` }] }]),
  );
  const parameters = { $ref: '#/$defs/d0', $defs: { ...$defs, d60: object({ a: string }) } };
  const { server, ask } = await stage(...wire);
  await ask({ tools: [{ type: 'function', function: { name: 'look', parameters } }] });
  expect(server.requests).toHaveLength(1);
});

it('Gemini before 2.5 is passed over by what would be millions of schemas', async () => {
  const double = (n: number) => object({ a: { $ref: `#/$defs/d${n + 1}` }, b: { $ref: `#/$defs/d${n + 1}` } });
  const $defs = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`d${n}`, double(n)]));
  const parameters = object({ a: { $ref: '#/$defs/d0' } }, { $defs: { ...$defs, d40: string } });
  const { server, ask } = await stage(...GEMINI_2);
  const error = await failureOf(ask({ tools: [{ type: 'function', function: { name: 'look', parameters } }] }));
  expect(error).toMatchObject({ status: 400, code: 'unsupported_operation', param: 'tools' });
  expect(server.requests).toHaveLength(0);
});

it('Gemini before 2.5 gets no empty value of an enum, which it refuses', async () => {
  const { schema } = await toolSent(GEMINI_2, object({ a: { type: 'string', enum: ['', 'x'] } }));
  expect(schema.properties).toEqual({ a: { type: 'STRING', format: 'enum', enum: ['x'] } });
});

/** Closed, these would allow less than they say, or be refused. */
const NOT_TO_BE_CLOSED: readonly (readonly [string, Json])[] = [
  ['objects that all hold', object({ p: { allOf: [object({ a: string }), object({ b: string })] } })],
  [
    'properties beside alternatives',
    object({ p: object({ a: string }, { anyOf: [object({ b: string }), object({ c: string })] }) }),
  ],
  [
    'properties beside a reference',
    object({ p: object({ a: string }, { $ref: '#/$defs/A' }) }, { $defs: { A: object({ b: string }) } }),
  ],
  ['a reference among parts', object({ p: { allOf: [{ $ref: '#/$defs/A' }, { type: 'string' }] } }, { $defs: { A: string } })],
  ['a reference to elsewhere', object({ p: { $ref: 'https://example.com/a.json' } })],
  ['a reference to nothing', object({ p: { $ref: '#/$defs/None' } })],
  ['a reference into what closing renames', object({ p: { oneOf: [string] }, q: { $ref: '#/properties/p/oneOf/0' } })],
  ['values that are objects', object({ p: { enum: [{ a: 1 }, 'x'] } })],
  ['a constant that is a list', object({ p: { const: [1] } })],
  ['a required name without a property', object({ a: string }, { required: ['a', 'b'] })],
  [
    'recursion by a name with a slash',
    object({ a: { $ref: '#/$defs/a~1b' } }, { $defs: { 'a/b': object({ kid: { $ref: '#/$defs/a~1b' } }) } }),
  ],
  [
    'recursion by a name with a space',
    object({ a: { $ref: '#/$defs/N%20ode' } }, { $defs: { 'N ode': object({ kid: { $ref: '#/$defs/N%20ode' } }) } }),
  ],
  ['recursion into a list', object({ a: { anyOf: [object({ kid: { $ref: '#/properties/a/anyOf/0' } }), { type: 'null' }] } })],
];

describe.each(STRICT)('%s, %s', (...wire) => {
  it.each(NOT_TO_BE_CLOSED)('gives no schema for a strict one that it is not: %s', async (_, schema) => {
    expect(await toolSent(wire, schema, true)).toEqual({ schema, strict: false });
    expect(await formatSent(wire, schema)).toBeUndefined();
  });

  it.each([
    [
      'a part that stands alone',
      object({ p: { allOf: [{ $ref: '#/$defs/A' }], description: 'P' } }, { $defs: { A: object({ a: string }) } }),
      object(
        { p: { $ref: '#/$defs/A', description: 'P' } },
        { $defs: { A: object({ a: string }, { additionalProperties: false }) }, additionalProperties: false },
      ),
    ],
    [
      'parts that are no objects',
      object({ p: { allOf: [string, { enum: ['a'] }] } }),
      object({ p: { allOf: [string, { enum: ['a'] }] } }, { additionalProperties: false }),
    ],
    [
      'a reference into a list',
      object({ p: { anyOf: [string, { type: 'null' }] }, q: { $ref: '#/properties/p/anyOf/0' } }),
      object(
        { p: { anyOf: [string, { type: 'null' }] }, q: { $ref: '#/properties/p/anyOf/0' } },
        { additionalProperties: false },
      ),
    ],
  ])('closes %s', async (_, schema, closed) => {
    expect(await toolSent(wire, schema, true)).toEqual({ schema: closed, strict: true });
    expect(await formatSent(wire, schema)).toEqual(closed);
  });
});
