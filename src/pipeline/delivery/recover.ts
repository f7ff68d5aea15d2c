import type { Call } from '../../core/call.ts';
import { inOrder } from '../../core/candidate-order.ts';
import type { ChatChunk, ChatMessage } from '../../core/chat.ts';
import type { Deployment } from '../../core/deployment.ts';
import type { Failure } from '../../core/failure.ts';
import type { ItemSource } from '../../core/item-source.ts';
import { FAILURE_RULES } from '../../failover/table.ts';
import { failOver } from '../attempts/fail-over.ts';
import type { OpenStream } from '../attempts/open-stream.ts';
import type { AttemptableCall } from '../candidates/attemptable-call.ts';
import type { StreamTally } from '../reading/stream-tally.ts';
import { Overlap } from './overlap.ts';

/** Goes on after an interruption; undefined if the policy or the answer so far does not allow it. */
export type Recover = (
  failure: Failure,
  tally: StreamTally,
) => Promise<{ open: OpenStream; announce: readonly unknown[] } | undefined>;

/**
 * Goes on after a stream broke, if the model's `stream.onInterrupt` says so: `restart` announces a discard and gives
 * the new answer from its start; `continue` asks another deployment to go on from the text delivered. Once per call.
 */
export function recoverBy(context: AttemptableCall, first: { id: string; created: number; model: string }): Recover {
  let recovered = false;
  return async (failure, tally) => {
    const { call, record } = context;
    const { onInterrupt } = call.modelPlan.stream;
    if (onInterrupt === 'error' || recovered || call.operation !== 'chat') return undefined;
    if (FAILURE_RULES[failure.kind].others === 'none') return undefined;
    if (onInterrupt === 'continue' && !mayContinue(call, tally)) return undefined;
    recovered = true;
    const next = onInterrupt === 'continue' ? continuation(call, tally) : call;
    const open = await reopen(next, failure, context);
    if (open === undefined) return undefined;
    record.recoveredBy(open.attempt.deployment, onInterrupt === 'continue');
    if (onInterrupt === 'restart') return { open: relabelled(open, first, ''), announce: [discardChunk(first)] };
    return { open: relabelled(open, first, tally.partial().text), announce: [] };
  };
}

/** Only plain text of a single choice can be spliced. */
function mayContinue({ params }: Call, tally: StreamTally): boolean {
  const format = params.response_format as { type?: string } | undefined;
  const isPlain = format === undefined || format.type === 'text';
  return tally.onlyText && isPlain && !params.logprobs && (params.n ?? 1) === 1 && tally.partial().text.length > 0;
}

/** The conversation with the answer so far, and a request to go on: works on every wire, with prefill or without. */
function continuation(call: Call, tally: StreamTally): Call {
  const messages = call.params.messages as readonly ChatMessage[];
  const soFar: ChatMessage = { role: 'assistant', content: tally.partial().text };
  const goOn: ChatMessage = {
    role: 'user',
    content: 'Continue your last message exactly where it ends. Do not repeat any of it.',
  };
  return { ...call, params: { ...call.params, messages: [...messages, soFar, goOn] } };
}

async function reopen(call: Call, failure: Failure, context: AttemptableCall): Promise<OpenStream | undefined> {
  const { record } = context;
  const broken = record.deployment?.id;
  const others = context.candidates.order.filter(({ id }) => id !== broken);
  const further = others.length > 0 ? others : fallbacksAfter(failure, context);
  // The one that broke comes last.
  const candidates = [...further, ...context.candidates.order.filter(({ id }) => id === broken)];
  if (candidates.length === 0 || record.attempts.length >= call.modelPlan.retry.maxAttempts) return undefined;
  // An answer that goes on is asked for with all of it so far.
  const furtherEstimate = call === context.call ? undefined : context.runtime.ledger.estimateCall(call);
  try {
    const sent = await failOver({ ...context, call, candidates: inOrder(candidates), furtherEstimate });
    return sent.kind === 'stream' ? sent.open : undefined;
  } catch {
    // The interruption itself is what the caller is told.
    return undefined;
  }
}

function fallbacksAfter({ kind }: Failure, { fallbacks }: AttemptableCall): readonly Deployment[] {
  const list = FAILURE_RULES[kind].fallback;
  return list === 'none' ? [] : fallbacks.next(list);
}

function discardChunk(first: { id: string; created: number; model: string }): ChatChunk {
  return { ...first, object: 'chat.completion.chunk', choices: [], tollgate: { discard: true } };
}

/** The new stream under the identity of the first, without the words that it repeats of what was `said`. */
function relabelled(
  { attempt, stream }: OpenStream,
  first: { id: string; created: number; model: string },
  said: string,
): OpenStream {
  const overlap = new Overlap(said);
  const tally = stream.tally.forChangedItems();
  const relabel = (item: unknown): unknown => {
    const chunk = Object.assign(item as ChatChunk, first);
    const [choice] = chunk.choices;
    if (said === '' || choice === undefined) return chunk;
    const { content } = choice.delta;
    delete choice.delta.role;
    if (choice.delta.content) choice.delta.content = overlap.take(choice.delta.content);
    if (choice.finish_reason) choice.delta.content = (choice.delta.content ?? '') + overlap.flush();
    tally.addUnseen(Buffer.byteLength(content ?? '') - Buffer.byteLength(choice.delta.content ?? ''));
    return chunk;
  };
  const items: ItemSource<unknown> = {
    next() {
      const item = stream.items.next();
      if (item instanceof Promise) return item.then((value) => (value === undefined ? undefined : relabel(value)));
      return item === undefined ? undefined : relabel(item);
    },
    cancel: () => stream.items.cancel(),
  };
  const held = stream.held.map(relabel);
  for (const item of held) tally.add(item);
  attempt.account.reads(tally);
  return { attempt, stream: { ...stream, held, tally, items } };
}
