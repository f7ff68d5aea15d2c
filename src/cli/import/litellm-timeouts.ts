import { numberAt } from './litellm-account.ts';

/** Timeouts as Tollgate's configuration has them, for a gateway or a model. */
export interface TimeoutsDraft {
  readonly totalMs?: number;
  readonly firstTokenMs?: number;
}

/** LiteLLM writes seconds: `timeout` of a request, `stream_timeout` until a stream begins. The first source that has one counts. */
export function timeoutsOf(sources: readonly unknown[]): TimeoutsDraft | undefined {
  const totalMs = msOf(sources, ['timeout', 'request_timeout']);
  const firstTokenMs = msOf(sources, ['stream_timeout']);
  if (totalMs === undefined && firstTokenMs === undefined) return undefined;
  return { ...(totalMs !== undefined && { totalMs }), ...(firstTokenMs !== undefined && { firstTokenMs }) };
}

/** Those of a model whose deployments differ: nothing may end before it would have ended there. */
export function longest(one: TimeoutsDraft | undefined, other: TimeoutsDraft | undefined): TimeoutsDraft | undefined {
  if (one === undefined || other === undefined) return undefined;
  const totalMs = longer(one.totalMs, other.totalMs);
  const firstTokenMs = longer(one.firstTokenMs, other.firstTokenMs);
  return { ...(totalMs !== undefined && { totalMs }), ...(firstTokenMs !== undefined && { firstTokenMs }) };
}

function longer(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : Math.max(one, other);
}

function msOf(sources: readonly unknown[], names: readonly string[]): number | undefined {
  const found = sources.flatMap((source) => names.map((name) => numberAt(source, name)));
  const seconds = found.find((number) => number !== undefined);
  return seconds !== undefined && seconds > 0 ? Math.max(1, Math.round(seconds * 1000)) : undefined;
}
