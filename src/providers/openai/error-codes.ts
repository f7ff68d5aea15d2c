import type { FailureKind } from '../../core/failure.ts';

/**
 * What the vendors' own codes and types mean, compared in lower case. Codes that say no more than the status does
 * (`invalid_request_error`, `server_error`, numbers) are not here.
 */
export function kindOfCode(code: string | undefined): FailureKind | undefined {
  return code === undefined ? undefined : KINDS.get(code.toLowerCase());
}

const CODES: Readonly<Partial<Record<FailureKind, readonly string[]>>> = {
  'context-too-long': [
    // OpenAI and its kin; Perplexity; llama.cpp; Z.ai
    'context_length_exceeded',
    'too_many_prompt_tokens',
    'exceed_context_size_error',
    '1261',
  ],
  'quota-exhausted': [
    // OpenAI; DeepSeek; Moonshot; Alibaba; Z.ai
    'insufficient_quota',
    'billing_hard_limit_reached',
    'billing_not_active',
    'insufficient_balance',
    'insufficient_funds',
    'exceeded_current_quota_error',
    'arrearage',
    '1113',
  ],
  'credential-rejected': [
    'invalid_api_key',
    'authentication_error',
    'invalid_authentication_error',
    'incorrect_api_key_error',
    'account_deactivated',
    'invalid_organization',
    'unauthorized',
    'unauthenticated',
    'permission_denied',
    'permission_denied_error',
    'expired_api_key',
    'api_key_invalid',
    'accessdenied',
  ],
  'rate-limited': [
    'rate_limit_exceeded',
    'rate_limit_error',
    'rate_limit_reached_error',
    'ratelimitreached',
    'rate_limited',
    'too_many_requests',
    'resource_exhausted',
    'tokens',
    'requests',
    'limit_requests',
    'throttling',
    'throttling.ratequota',
    'throttling.allocationquota',
    '1302',
  ],
  'model-unavailable': [
    'model_not_found',
    'model_decommissioned',
    'deploymentnotfound',
    'invalid_model',
    'unknown_model',
    'resource_not_found_error',
    'not_found_error',
    'notfounderror',
    'model_not_supported',
    'unsupported_model',
    'modelnotopen',
  ],
  'content-refused': [
    'content_filter',
    'content_policy_violation',
    'moderation_blocked',
    'responsibleaipolicyviolation',
    'datainspectionfailed',
    'data_inspection_failed',
    '1301',
  ],
  overloaded: [
    'engine_overloaded_error',
    'engine_overloaded',
    'overloaded_error',
    'server_overloaded',
    'capacity_exceeded',
    'service_unavailable',
    'unavailable',
    'insufficient_system_resource',
  ],
  timeout: ['timeout', 'gateway_timeout', 'deadline_exceeded'],
};

const KINDS: ReadonlyMap<string, FailureKind> = new Map(
  Object.entries(CODES).flatMap(([kind, codes]) => codes.map((code) => [code, kind as FailureKind] as const)),
);
