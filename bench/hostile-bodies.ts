import type { GatewayConfig } from 'tollgate';

export type Wire = 'openai-compatible' | 'anthropic' | 'google' | 'cohere';

/** Bodies that a hostile client sends; each as chunks, so that the client's own memory stays small. */
export interface Attack {
  readonly name: string;
  /** Requests at the same time. */
  readonly clients?: number;
  readonly path?: string;
  /** `POST` if none is told. */
  readonly method?: string;
  readonly type?: string;
  /** That the server has beside its provider. */
  readonly config?: Partial<GatewayConfig>;
  /** The provider's type, if it is another. */
  readonly wire?: Wire;
  /** Bytes of such a body that the server takes, if they are others. */
  readonly limit?: number;
  /** Sends no length, so that only reading tells the size. */
  readonly chunked?: boolean;
  readonly parts: readonly (readonly [text: string, times: number])[];
}

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
