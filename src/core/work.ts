import { type Served, servedOf } from './served.ts';
import { withToolUses } from './tool-uses.ts';
import { type Usage, usageFromOpenAi } from './usage.ts';

/** What a provider goes on with after it has answered: a background response, a batch, a run, a video. */
export interface Work {
  /** The provider's own. */
  readonly id: string;
  readonly status: string;
  readonly ended: boolean;
  /** As the provider gave it. */
  readonly body: Readonly<Record<string, unknown>>;
}

// Statuses of responses, batches, runs, videos, fine-tuning jobs and evaluation runs, as the types of the openai package
// (7.57) and their documentation name them; OpenAI spells one of them in two ways.
const ENDED: ReadonlySet<unknown> = new Set([
  'completed',
  'failed',
  'cancelled',
  'canceled',
  'incomplete',
  'expired',
  'succeeded',
]);
const UNDER_WAY: ReadonlySet<unknown> = new Set([
  'queued',
  'in_progress',
  'requires_action',
  'cancelling',
  'validating',
  'finalizing',
  'validating_files',
  'running',
  'paused',
  'pending',
]);

/** The work that an object is; undefined if it is none, or its status says nothing of an end. */
export function workOf(body: unknown): Work | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { id, status } = body as Record<string, unknown>;
  if (typeof id !== 'string' || id === '' || typeof status !== 'string') return undefined;
  const ended = ENDED.has(status);
  return ended || UNDER_WAY.has(status) ? { id, status, ended, body: body as Record<string, unknown> } : undefined;
}

/** Entries of a list that may be work; others (messages, items, steps) have ids and statuses too. */
const LISTED: ReadonlySet<unknown> = new Set(['response', 'batch', 'thread.run', 'video', 'fine_tuning.job', 'eval.run']);
/** The longest page of OpenAI's lists. */
const MOST_LISTED = 100;

/** The work in an answer that was read: the object itself, or the entries of a list. */
export function worksIn(body: unknown): Work[] {
  const own = workOf(body);
  if (own !== undefined) return [own];
  const { data } = typeof body === 'object' && body !== null ? (body as { data?: unknown }) : {};
  if (!Array.isArray(data)) return [];
  const found: Work[] = [];
  for (const entry of data.slice(0, MOST_LISTED)) {
    const work = workOf(entry);
    if (work !== undefined && LISTED.has(work.body.object)) found.push(work);
  }
  return found;
}

/** The work that a stream's item tells of: the response in an event, or the run that is an event's data. */
export function workInItem(item: unknown): Work | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  const { response, data } = item as { response?: unknown; data?: unknown };
  if (response !== undefined) return workOf(response);
  const work = workOf(data);
  return work?.body.object === 'thread.run' ? work : undefined;
}

/** What the end of a piece of work tells of its cost; nothing that was said. */
export interface WorkEnd {
  readonly id: string;
  readonly kind: 'response' | 'batch' | 'other';
  readonly status: string;
  readonly usage: Usage | undefined;
  readonly served: Served | undefined;
  /** Of its output, counted if it reports no usage. */
  readonly characters: number;
  /** Of a batch, if it counts its requests: none of them was answered. */
  readonly answeredNothing: boolean;
}

export function endOf({ id, status, body }: Work): WorkEnd {
  const { object, output, request_counts: counts } = body as { object?: unknown; output?: unknown; request_counts?: unknown };
  const kind = object === 'response' || object === 'batch' ? object : 'other';
  const completed = typeof counts === 'object' && counts !== null ? (counts as { completed?: unknown }).completed : undefined;
  const reported = withToolUses(usageFromOpenAi(body.usage), body);
  // A batch shows zeros until its usage is counted.
  const isCounted = kind !== 'batch' || completed === 0 || (reported?.inputTokens ?? 0) + (reported?.outputTokens ?? 0) > 0;
  const usage = isCounted ? reported : undefined;
  return {
    id,
    kind,
    status,
    usage,
    served: servedOf(body),
    characters: usage === undefined && Array.isArray(output) ? JSON.stringify(output).length : 0,
    answeredNothing: completed === 0,
  };
}
