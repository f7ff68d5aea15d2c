/** What the Responses API calls by another name than chat completions do. */
const RESPONSES_NAMES: ReadonlyMap<string, string> = new Map([
  ['messages', 'input'],
  ['max_completion_tokens', 'max_output_tokens'],
  ['reasoning_effort', 'reasoning.effort'],
  ['response_format', 'text.format'],
  ['verbosity', 'text.verbosity'],
  ['image_url', 'input_image'],
  ['file', 'input_file'],
]);

const CHAT_NAMES: ReadonlyMap<string, string> = new Map(
  [...RESPONSES_NAMES].filter(([name]) => name !== 'messages').map(([chat, responses]) => [responses, chat]),
);

/** The name under which a caller of the Responses API knows a param of chat. */
export function responsesName(name: string): string {
  return RESPONSES_NAMES.get(name) ?? name;
}

/** Chat's name of a param, of either API; `input` stays, since embeddings have one too. */
export function chatName(name: string): string {
  return CHAT_NAMES.get(name) ?? name;
}
