import { describe, expect, it } from 'vitest';
import { STREAM_WIRES } from '../answers/wires.ts';
import { WIRES } from '../input/wires.ts';
import { filesOfWire, NATIVE_WIRES } from '../support/native-wires.ts';

/** Files that the folder of each wire has, so that who knows one finds the way in all. */
const CAST = ['explain', 'from-response', 'provider', 'to-request', 'unsupported', 'usage', 'wire-types'];

describe.each(NATIVE_WIRES)('the wire of %s', (wire) => {
  it('has the files that each wire has', () => {
    const files = filesOfWire(wire);
    expect(CAST.filter((name) => !files.includes(`${name}.ts`))).toEqual([]);
  });

  it('has a row in `test/input/wires.ts`', () => {
    expect(WIRES.map(({ type }) => type)).toContain(wire);
  });

  it('has a row in `test/answers/wires.ts`', () => {
    expect(STREAM_WIRES.map(({ type }) => type)).toContain(wire);
  });
});
