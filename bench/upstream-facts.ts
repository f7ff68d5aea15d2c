/** Deltas of text in each stream of OpenAI's wire, which has 200 chunks with a choice: one more begins it, one ends it. */
export const TEXTS_PER_OPENAI_STREAM = 198;
/** Deltas of text in each stream of Anthropic's and of Gemini's wire. */
export const DELTAS_PER_STREAM = 210;
/** Path below which the upstream writes a stream in one piece, as it comes if a network has gathered it. */
export const AT_ONCE = '/at-once';
/** Path below which whole answers have 2 KB of text. */
export const LONG = '/long';
