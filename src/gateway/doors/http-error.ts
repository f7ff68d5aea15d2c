import { APIError } from 'openai';

/** What the door itself refuses, in OpenAI's form. */
export function httpError(status: number, message: string, code: string, headers: Record<string, string> = {}): APIError {
  return APIError.generate(
    status,
    { error: { message, type: 'invalid_request_error', param: null, code } },
    message,
    new Headers(headers),
  );
}
