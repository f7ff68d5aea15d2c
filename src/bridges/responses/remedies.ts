const SEND_ITEMS =
  "nothing of an answer is stored for it, so send the items of the earlier answer's `output` themselves (a client that refers to them does so with its option `store: false`)";

/** What a caller can do about a param or item that has no counterpart in chat, if there is something. */
export const REMEDIES: ReadonlyMap<string, string> = new Map([
  ['item_reference', SEND_ITEMS],
  ['previous_response_id', SEND_ITEMS],
  ['conversation', SEND_ITEMS],
]);
