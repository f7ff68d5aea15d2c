import { expect, it } from 'vitest';
import { openStream, readAll, stageOf } from './stage.ts';
import { bytesOf, STREAM_WIRES, SURFACES, streamHead } from './wires.ts';

const SIGNS = [
  'data:\n\n',
  'data\n\n',
  'data: \n\n',
  ': alive\n\n',
  ':\n\n',
  'event: ping\n\n',
  'event: ping\ndata:\n\n',
  'event: ping\ndata: ping\n\n',
  '\n',
];
const OVER_EVENTS = SURFACES.filter(({ wire }) => wire.type !== 'bedrock');

it.each(OVER_EVENTS)(
  'signs of life anywhere in a stream of $wire.type ($wire.operation as $as) change nothing',
  async ({ wire, as }) => {
    let isLively = false;
    const { gateway, attempts, balance } = await stageOf(STREAM_WIRES, async (exchange) => {
      await streamHead(exchange, wire);
      const beat = isLively ? SIGNS.join('') : '';
      await exchange.write(`${beat}${wire.events.map((event) => bytesOf(wire, [event]).toString() + beat).join('')}`);
      exchange.end();
    });
    const calm = await readAll(await openStream(gateway, wire, as));
    isLively = true;
    const lively = await readAll(await openStream(gateway, wire, as));
    expect(withoutIds(lively)).toEqual(withoutIds(calm));
    expect(attempts.map(({ failure }) => failure)).toEqual([undefined, undefined]);
    expect(await balance()).toMatchObject({ spent: { requests: 2, tokens: 30 } });
  },
);

/** Ids that are minted of the call's own are of another call. */
function withoutIds(items: readonly unknown[]): string {
  return JSON.stringify(items).replaceAll(/"(id|item_id|call_id)":"[^"]*"/g, '"$1":"…"');
}
