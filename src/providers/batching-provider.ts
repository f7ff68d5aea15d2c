import type { Cancellation } from '../core/cancellation.ts';
import type { Failure } from '../core/failure.ts';
import { addUsage, type Usage, usageFromOpenAi } from '../core/usage.ts';
import type { AttemptContext, Provider, UpstreamReply, UpstreamRequest } from './provider.ts';
import { UpstreamError } from './upstream-error.ts';

// Enough to keep a list of some hundred texts within seconds, few enough to be no burst of its own.
const MOST_AT_ONCE = 8;

/**
 * The provider with longer lists of embeddings than its model takes at once: they go out in several requests, a few at a
 * time, and come back as one answer in the order of the list, with their usage added up. One that fails ends the others and
 * fails the whole, charged with what the finished ones reported. `mostInputs`: inputs in one request, as the vendor
 * documents it; undefined if it names no limit.
 */
export function batchingProvider(provider: Provider, mostInputs: (upstreamModel: string) => number | undefined): Provider {
  return {
    ...provider,
    classify: (error) => (error instanceof BatchFailed ? failureOf(error, provider) : provider.classify(error)),
    send(request, context) {
      if (request.operation !== 'embeddings') return provider.send(request, context);
      const batches = batchesOf(request.params.input, mostInputs(request.upstreamModel));
      return batches === undefined ? provider.send(request, context) : sendAll(batches, provider, request, context);
    },
  };
}

/** A batch that failed after others had been answered. */
class BatchFailed extends Error {
  override readonly name = 'BatchFailed';
  /** What the answered ones reported. */
  readonly usage: Usage | undefined;

  constructor(cause: unknown, usage: Usage | undefined) {
    super('one of several requests failed', { cause });
    this.usage = usage;
  }
}

/** As the batch's own failure, but never as a request that reached nobody: others were answered. */
function failureOf({ cause, usage }: BatchFailed, provider: Provider): Failure {
  return { ...provider.classify(cause), reachedProvider: true, staleSocket: undefined, usage };
}

/**
 * The parts of a list that is too long for one request; undefined for anything else. A list of numbers is one input, and a
 * list of all sorts is malformed, which is told of the whole.
 */
function batchesOf(input: unknown, most: number | undefined): readonly (readonly unknown[])[] | undefined {
  if (most === undefined || !Array.isArray(input) || input.length <= most) return undefined;
  if (!input.every((item) => typeof item === 'string') && !input.every(Array.isArray)) return undefined;
  const batches: unknown[][] = [];
  for (let start = 0; start < input.length; start += most) batches.push(input.slice(start, start + most));
  return batches;
}

async function sendAll(
  batches: readonly (readonly unknown[])[],
  provider: Provider,
  request: UpstreamRequest,
  context: AttemptContext,
): Promise<UpstreamReply> {
  const answers: Answer[] = [];
  const cancellation: Cancellation = context.cancellation.child();
  let next = 0;
  const work = async () => {
    while (next < batches.length && !cancellation.cancelled) {
      const place = next;
      next += 1;
      const params = { ...request.params, input: batches[place] };
      answers[place] = toAnswer(
        await provider.send({ ...request, params }, { ...context, cancellation }),
        batches[place]?.length,
      );
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(MOST_AT_ONCE, batches.length) }, work));
  } catch (error) {
    cancellation.cancel(error);
    const answered = answers.filter((answer) => answer !== undefined);
    throw answered.length === 0 ? error : new BatchFailed(error, usageOf(answered));
  } finally {
    cancellation.dispose();
  }
  return joined(answers);
}

interface Answer {
  readonly reply: UpstreamReply;
  readonly body: Readonly<Record<string, unknown>>;
  readonly data: readonly object[];
}

/** A batch's answer; throws if it does not have a vector for each input. */
function toAnswer(reply: UpstreamReply, inputs: number | undefined): Answer {
  const body: unknown = reply.kind === 'object' ? reply.body : undefined;
  if (typeof body !== 'object' || body === null || !('data' in body) || !Array.isArray(body.data) || body.data.length !== inputs)
    throw new UpstreamError('not-an-answer', reply.status, reply.headers, body);
  return { reply, body: body as Readonly<Record<string, unknown>>, data: body.data.toSorted(byIndex) };
}

/** An answer's items need not stand in the order of its inputs. */
function byIndex(one: { readonly index?: unknown }, other: { readonly index?: unknown }): number {
  return Number(one.index) - Number(other.index);
}

function joined(answers: readonly Answer[]): UpstreamReply {
  const [first] = answers;
  if (first === undefined) throw new Error('a list of embeddings was cut into no batches');
  const { status, headers } = first.reply;
  const data = answers.flatMap((answer) => answer.data).map((item, index) => ({ ...item, index }));
  const body: Record<string, unknown> = { ...first.body, data };
  delete body.usage;
  const usage = addedUp(answers);
  if (usage !== undefined) body.usage = usage;
  return { kind: 'object', status, headers, body };
}

/** The counts of every answer's usage added up; undefined if one has none, so that the whole is estimated. */
function addedUp(answers: readonly Answer[]): Record<string, unknown> | undefined {
  const sum: Record<string, unknown> = {};
  for (const { body } of answers) {
    const { usage } = body;
    if (typeof usage !== 'object' || usage === null) return undefined;
    for (const [name, count] of Object.entries(usage)) {
      const before = sum[name];
      sum[name] = typeof count === 'number' && typeof before === 'number' ? before + count : (before ?? count);
    }
  }
  return sum;
}

function usageOf(answers: readonly Answer[]): Usage | undefined {
  let sum: Usage | undefined;
  for (const { body } of answers) {
    const usage = usageFromOpenAi(body.usage);
    if (usage !== undefined) sum = sum === undefined ? usage : addUsage(sum, usage);
  }
  return sum;
}
