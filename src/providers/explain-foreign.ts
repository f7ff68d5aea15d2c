import type { FailureKind } from '../core/failure.ts';
import { kindOfStatus } from './classify.ts';
import { type ErrorFacts, readError, saysError, statusIn } from './error-body.ts';
import { kindOfCode } from './kind-of-code.ts';
import { kindOfMiniMax } from './kind-of-mini-max.ts';
import { kindOfText } from './kind-of-text.ts';
import type { UpstreamError } from './upstream-error.ts';
import type { Explanation } from './wire.ts';

/**
 * What an answer that began as a success says of itself if it is an error in the clothes of another wire, as proxies and
 * gateways send it: `own`, the reading of its wire, if that knows what happened.
 */
export function explainForeign(error: UpstreamError, own: Explanation | undefined): Explanation | undefined {
  if (error.reason === 'status' || error.reason === 'truncated') return own;
  if ((own !== undefined && own.kind !== 'transient') || !saysError(error.body)) return own;
  const facts = readError(error.body);
  const { code = facts.type, message, type, param } = facts;
  const kind = kindOf(facts) ?? kindByStatus(error.body) ?? own?.kind ?? 'transient';
  return {
    ...own,
    kind,
    code: code ?? own?.code,
    message: message ?? own?.message,
    type: type ?? own?.type,
    param: param ?? own?.param,
  };
}

function kindOf(facts: ErrorFacts): FailureKind | undefined {
  return kindOfMiniMax(facts) ?? kindOfCode(facts.code) ?? kindOfCode(facts.type) ?? kindOfText(facts.message);
}

function kindByStatus(body: unknown): FailureKind | undefined {
  const status = statusIn(body);
  // 499 is a call that ended on the way, and nobody's wrong request.
  return status === undefined || status === 499 ? undefined : kindOfStatus(status);
}
