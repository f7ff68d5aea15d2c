/** Names of whose reasoning a detail is, as OpenRouter made them common; those who take such details know them. */
export const CLAUDE_FORMAT = 'anthropic-claude-v1';

/** Models of other makers behind Anthropic's wire: a signature of theirs means nothing to Claude. */
export const MESSAGES_FORMAT = 'anthropic-messages-v1';
/** Gemini's, at Google and at those who hand its signatures on. */
export const GEMINI_FORMAT = 'google-gemini-v1';
/** All of Bedrock's families but Claude. */
export const CONVERSE_FORMAT = 'bedrock-converse-v1';
export const COHERE_FORMAT = 'cohere-v2';

/** Names of this gateway's own, which a vendor refuses who checks them (OpenRouter's API has a closed list). */
export const OWN_FORMATS: ReadonlySet<unknown> = new Set([MESSAGES_FORMAT, CONVERSE_FORMAT, COHERE_FORMAT]);
