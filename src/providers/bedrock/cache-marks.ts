import type { CacheControl } from '../../core/chat.ts';
import type { BedrockModel } from './models.ts';
import type { CachePoint } from './wire-types.ts';

/** The cache point that a `cache_control` asks for; undefined where there is none, or no more are allowed. */
export type CacheMarks = (control: CacheControl | undefined) => CachePoint | undefined;

// Claude and Nova allow four in a request (Bedrock user guide, "Prompt caching").
const MOST_MARKS = 4;

/** Hands out the marks of one request; a model without caching gets none, since a mark is only a hint. */
export function cacheMarks(model: BedrockModel): CacheMarks {
  let left = model.cache === 'nowhere' ? 0 : MOST_MARKS;
  return (control) => {
    if (control?.type !== 'ephemeral' || left === 0) return undefined;
    left -= 1;
    const forAnHour = control.ttl === '1h' && model.cacheForAnHour;
    return { cachePoint: forAnHour ? { type: 'default', ttl: '1h' } : { type: 'default' } };
  };
}
