import type { CacheControl } from '../../core/chat.ts';
import type { BedrockModel } from './models.ts';
import type { CachePoint, ConverseRequest } from './wire-types.ts';

/** The cache point that a `cache_control` asks for; undefined if there is none, or the model knows no caching. */
export type CacheMarks = (control: CacheControl | null | undefined) => CachePoint | undefined;

/** A model without caching gets no points, since a mark is only a hint. */
export function cacheMarks(model: BedrockModel): CacheMarks {
  if (model.cache === 'nowhere') return () => undefined;
  return (control) => {
    if (control?.type !== 'ephemeral') return undefined;
    const forAnHour = control.ttl === '1h' && model.cacheForAnHour;
    return { cachePoint: forAnHour ? { type: 'default', ttl: '1h' } : { type: 'default' } };
  };
}

/** Puts a point behind blocks; two in a row would mark the same place twice. */
export function addCachePoint<Block extends object>(blocks: (Block | CachePoint)[], point: CachePoint | undefined): void {
  if (point === undefined || blocks.length === 0) return;
  const last = blocks.at(-1);
  if (last !== undefined && 'cachePoint' in last) blocks[blocks.length - 1] = point;
  else blocks.push(point);
}

// Claude and Nova allow four in a request (Bedrock user guide, "Prompt caching").
const MOST_POINTS = 4;

/** Takes the earliest points away if there are too many: a later one covers all that stands before it. */
export function limitCachePoints({ toolConfig, system, messages }: ConverseRequest): void {
  let surplus = pointsIn(toolConfig?.tools) + pointsIn(system) - MOST_POINTS;
  for (const { content } of messages) surplus += pointsIn(content);
  if (surplus <= 0) return;
  if (toolConfig) surplus -= takeAway(toolConfig.tools, surplus);
  if (system) surplus -= takeAway(system, surplus);
  for (const { content } of messages) surplus -= takeAway(content, surplus);
}

function pointsIn(blocks: readonly object[] = []): number {
  let points = 0;
  for (const block of blocks) if ('cachePoint' in block) points += 1;
  return points;
}

/** Removes up to `most` points from the front; tells how many there were. */
function takeAway(blocks: object[], most: number): number {
  let taken = 0;
  for (let position = 0; position < blocks.length && taken < most; ) {
    const block = blocks[position];
    if (block === undefined || !('cachePoint' in block)) {
      position += 1;
      continue;
    }
    blocks.splice(position, 1);
    taken += 1;
  }
  return taken;
}
