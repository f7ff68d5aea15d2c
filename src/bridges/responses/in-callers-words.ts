import { responsesName } from '../../core/param-names.ts';
import { RequestInvalid } from '../../providers/request-invalid.ts';

/** The item that a message of chat comes from; the calls of a turn are items of their own. */
export interface MessagePlace {
  readonly at: string;
  /** What the item calls its content. */
  readonly content: 'content' | 'output';
  readonly calls: readonly string[];
}

/** What chat found wrong with a translated request, told by the path in the caller's own. */
export function inCallersWords(error: RequestInvalid, places: readonly MessagePlace[]): RequestInvalid {
  return new RequestInvalid(callersPath(error.path, places), error.expected, error.cause);
}

function callersPath(path: string, places: readonly MessagePlace[]): string {
  const [, position, rest] = /^messages\[(\d+)\](.*)$/.exec(path) ?? [];
  const place = position === undefined ? undefined : places[Number(position)];
  if (place !== undefined && rest !== undefined) return pathOfMessage(place, rest);
  const end = path.search(/[.[]/);
  const name = end < 0 ? path : path.slice(0, end);
  return responsesName(name) + withoutChatsLevels(end < 0 ? '' : path.slice(end));
}

function pathOfMessage({ at, content, calls }: MessagePlace, rest: string): string {
  const [, position, ofCall] = /^\.tool_calls\[(\d+)\](.*)$/.exec(rest) ?? [];
  const call = position === undefined ? undefined : calls[Number(position)];
  if (call !== undefined && ofCall !== undefined) return call + withoutChatsLevels(ofCall === '.id' ? '.call_id' : ofCall);
  // Instructions and an input without items have nothing below them.
  if (!at.endsWith(']')) return at;
  if (rest === '.tool_call_id') return `${at}.call_id`;
  return at + withoutChatsLevels(rest.replace(/^\.content/, `.${content}`));
}

/** The Responses API has flat parts, tools and formats where chat has an object for each type. */
function withoutChatsLevels(rest: string): string {
  return rest.replace(/\.image_url\.url$/, '.image_url').replace(/\.(file|function|json_schema)(?=\.|$)/, '');
}
