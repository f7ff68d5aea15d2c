import type { Attack } from './hostile-attacks.ts';

export const HEAD = '{"model":"fast","messages":[{"role":"user","content":"';
export const TAIL = '"}]}';
/** Who is unknown shares with everybody, so that answers are kept at all. */
export const CACHE = { cache: { ttl: '1h', scope: 'shared' } } as const;
export const MIB = 1024 * 1024;

/** A body of about `bytes` whose middle is `text` again and again. */
export function filled(text: string, bytes: number, head = HEAD, tail = TAIL): Attack['parts'] {
  return [
    [head, 1],
    [text, Math.floor((bytes - head.length - tail.length - 64) / Buffer.byteLength(text))],
    [tail, 1],
  ];
}

export const IMAGE =
  '{"model":"fast","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,';
export const IMAGE_END = '"}}]}]}';
export const CALLED =
  '{"model":"fast","messages":[{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"';
export const CALLED_END = '"}}]},{"role":"tool","tool_call_id":"c","content":"a"}]}';
