/** What the cache did for a call; on its route, and in short in `request.end`. */
export interface CacheUse {
  /** `hit`: answered from the cache; `miss`: asked, and kept if it was fit to be. */
  readonly hit: boolean;
  /** Age of the answer in milliseconds; 0 if another call brought it while this one waited. */
  readonly ageMs?: number | undefined;
  /** What the answer cost when it was made, in dollars; undefined if no price was known. */
  readonly savedUsd?: number | undefined;
  /** Cosine similarity of the two questions, if they were not the same; of a miss: to the nearest, which is not yet trusted. */
  readonly similarity?: number | undefined;
}
