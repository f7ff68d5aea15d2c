import type { FailureKind } from '../core/failure.ts';

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
    // OpenAI (error codes, and `SessionTurnError` of its client): they come as 429, and no wait cures them
    'insufficient_quota',
    'billing_hard_limit_reached',
    'billing_not_active',
    'credit_balance_exhausted',
    'organization_spend_limit_exceeded',
    'organization_usage_limit_exceeded',
    'project_spend_limit_exceeded',
    'session_budget_exceeded',
    'usage_limit_exceeded',
    'usage_limit_reached',
    // Anthropic behind a gateway (`error_code` of its client's types)
    'billing_error',
    'contract_spend_limit_reached',
    'enforced_spend_limit_reached',
    'linked_organization_billing_unavailable',
    'linked_organization_spend_limit_reached',
    // DeepSeek; Moonshot; Alibaba; Z.ai; MiniMax
    'insufficient_balance',
    'insufficient_funds',
    'exceeded_current_quota_error',
    'insufficient_balance_error',
    'arrearage',
    'allocationquota.freetieronly',
    // Z.ai: in arrears, the calls of a day, the uses of a plan, its end, the uses of a week or month
    '1113',
    '1304',
    '1308',
    '1309',
    '1310',
    // Volcengine; Groq's spend limit, which comes as 400
    'accountoverdueerror',
    'blocked_api_access',
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
    // Groq, as 400
    'organization_restricted',
    // Z.ai, as 429: an account that is inactive, that does not exist, that is locked, that broke the rules
    '1110',
    '1111',
    '1112',
    '1121',
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
    'ramp_limit_exceeded',
    // Tencent
    'ratelimitexceeded',
    'requestlimitexceeded',
    // Z.ai: calls at once, calls in a time, traffic
    '1302',
    '1303',
    '1305',
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
    // Alibaba, as 403: the key is good for other models
    'model.accessdenied',
    // Z.ai: unknown, which comes as 400, and in no plan of the account
    '1211',
    '1311',
  ],
  'content-refused': [
    'content_filter',
    'content_policy_violation',
    'moderation_blocked',
    'cyber_policy',
    'bio_policy',
    'image_content_policy_violation',
    'misalignment_policy_violation',
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
    'flex_unavailable',
    'capacity_exceeded',
    // Mistral, as 429
    'service_tier_capacity_exceeded',
    'service_unavailable',
    'unavailable',
    'insufficient_system_resource',
    '1312',
  ],
  timeout: ['timeout', 'gateway_timeout', 'request_timeout', 'deadline_exceeded', 'vector_store_timeout'],
};

const KINDS: ReadonlyMap<string, FailureKind> = new Map(
  Object.entries(CODES).flatMap(([kind, codes]) => codes.map((code) => [code, kind as FailureKind] as const)),
);

/**
 * What a code means in an answer that began as a success, so that no status says it: the request was wrong. Undefined
 * of all other codes.
 */
export function kindWithoutStatus(code: string | undefined): FailureKind | undefined {
  return code !== undefined && OF_THE_REQUEST.has(code.toLowerCase()) ? 'request-invalid' : undefined;
}

const OF_THE_REQUEST: ReadonlySet<string> = new Set([
  'invalid_request_error',
  'invalid_request',
  'bad_request',
  'badrequesterror',
  // OpenAI's responses that failed (`ResponseError` of its client), but for those above and faults of its servers
  'invalid_prompt',
  'data_residency_mismatch',
  'invalid_image',
  'invalid_image_format',
  'invalid_base64_image',
  'invalid_image_url',
  'invalid_image_mode',
  'image_too_large',
  'image_too_small',
  'image_parse_error',
  'image_file_too_large',
  'image_file_not_found',
  'unsupported_image_media_type',
  'empty_image_file',
  'failed_to_download_image',
]);
