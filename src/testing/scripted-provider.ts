import type * as bridge from '../bridges/responses/bridge.ts';
import { assertIsObject, unexpected } from '../core/assert-argument.ts';
import type { Capabilities } from '../core/capabilities.ts';
import type { Failure } from '../core/failure.ts';
import type { Operation } from '../core/operation.ts';
import { sleep } from '../core/sleep.ts';
import type { AttemptContext, Provider, UpstreamReply, UpstreamRequest } from '../providers/provider.ts';
import { UpstreamError } from '../providers/upstream-error.ts';
import { chatCompletion } from './chat-answers.ts';
import { FailedByScript } from './failed-by-script.ts';
import type { ScriptedFailure, ScriptedOutcome } from './scripted-outcome.ts';
import { scriptedStream } from './scripted-stream.ts';

/** One attempt that a scripted provider got. */
export interface ScriptedCall {
  readonly request: UpstreamRequest;
  readonly context: AttemptContext;
  /** Wall clock of the gateway, milliseconds. */
  readonly at: number;
}

/** A provider that answers by a script, and keeps what it was asked. */
export interface ScriptedProvider extends Provider {
  /** The attempts so far, in their order. */
  readonly calls: readonly ScriptedCall[];
}

/** The next outcome; an attempt after the last of a list gets the last again. */
export type Script = readonly ScriptedOutcome[] | ((request: UpstreamRequest, index: number) => ScriptedOutcome);

/**
 * A provider that sends nothing and answers by a script; it stands in `providers` as `{ provider: scriptedProvider(…) }`.
 * Throws `TypeError` for an empty list, and for what is no script.
 */
export function scriptedProvider(
  name: string,
  script: Script,
  options: { vendor?: string; capabilities?: Capabilities } = {},
): ScriptedProvider {
  assertIsObject(options, 'scriptedProvider', 'options: { vendor?, capabilities? }');
  if (typeof script !== 'function' && !Array.isArray(script))
    throw unexpected(script, 'scriptedProvider', 'a list of outcomes or a function');
  if (typeof script !== 'function' && script.length === 0) throw new TypeError('a script needs at least one outcome');
  const calls: ScriptedCall[] = [];
  return {
    name,
    vendor: options.vendor ?? 'scripted',
    calls,
    supports: (_operation: Operation) => true,
    capabilities: () => options.capabilities ?? {},
    unsupported: () => [],
    classify,
    async send(request, context) {
      const index = calls.length;
      calls.push({ request, context, at: context.clock.now() });
      const outcome = outcomeOf(script, request, index);
      if (outcome.delayMs) await sleep(outcome.delayMs, context.clock, context.cancellation);
      const answer = await reply(outcome, request, context);
      return request.operation === 'responses' && !('body' in outcome) ? inResponsesForm(answer, request, context) : answer;
    },
  };
}

/** Its code is loaded by those alone who test the Responses API. */
async function inResponsesForm(...call: Parameters<typeof bridge.inResponsesForm>): Promise<UpstreamReply> {
  const { inResponsesForm: translated } = await import('../bridges/responses/bridge.ts');
  return translated(...call);
}

function outcomeOf(script: Script, request: UpstreamRequest, index: number): ScriptedOutcome {
  if (typeof script === 'function') return script(request, index);
  return script[Math.min(index, script.length - 1)] as ScriptedOutcome;
}

function reply(
  outcome: ScriptedOutcome,
  request: UpstreamRequest,
  context: AttemptContext,
): UpstreamReply | Promise<UpstreamReply> {
  if ('never' in outcome) return new Promise((_resolve, reject) => context.cancellation.onCancel(reject));
  if ('fail' in outcome) throw new FailedByScript(toFailure(outcome));
  if ('body' in outcome) return { kind: 'object', status: 200, headers: {}, body: outcome.body };
  const pieces = 'pieces' in outcome ? outcome.pieces : [outcome.text];
  const finishReason = 'finishReason' in outcome ? outcome.finishReason : undefined;
  if (request.stream)
    return {
      kind: 'stream',
      status: 200,
      headers: {},
      items: scriptedStream(pieces, { context, model: request.upstreamModel, usage: outcome.usage, finishReason }),
    };
  // A whole answer breaks if its stream would have.
  if (pieces.includes('stall')) return new Promise((_resolve, reject) => context.cancellation.onCancel(reject));
  const cut = pieces.find((piece) => typeof piece === 'object' && 'cut' in piece);
  if (typeof cut === 'object' && 'cut' in cut) throw new FailedByScript(toFailure({ fail: cut.cut }));
  const text = pieces.filter((piece) => typeof piece === 'string').join('');
  return {
    kind: 'object',
    status: 200,
    headers: {},
    body: chatCompletion(text, {
      requestId: context.requestId,
      model: request.upstreamModel,
      usage: outcome.usage,
      finishReason,
    }),
  };
}

function toFailure({ fail, ...details }: ScriptedFailure & { delayMs?: number | undefined }): Failure {
  const { delayMs: _delayMs, ...facts } = details;
  return { code: fail.replaceAll('-', '_'), message: `scripted: ${fail}`, reachedProvider: true, ...facts, kind: fail };
}

function classify(error: unknown): Failure {
  if (error instanceof FailedByScript) return error.failure;
  if (error instanceof UpstreamError) return ofStatus(error);
  const message = error instanceof Error ? error.message : String(error);
  return { kind: 'transient', code: 'transient', message, reachedProvider: true, cause: error };
}

/** What middleware such as `faults` throws: its body names the kind. */
function ofStatus(error: UpstreamError): Failure {
  const { kind = error.reason === 'not-an-answer' ? 'invalid-response' : 'transient' } = (error.body ?? {}) as {
    kind?: Failure['kind'];
  };
  const asked = error.headers['retry-after-ms'];
  return {
    kind,
    code: kind.replaceAll('-', '_'),
    message: error.message,
    status: error.status,
    retryAfterMs: asked === undefined ? undefined : Number(asked),
    reachedProvider: true,
    cause: error,
  };
}
