/** Chunks with a choice in each stream of the upstream. */
export const CHUNKS_PER_STREAM = 200;
