const JSON_TYPE = /^[^;]*[/+]json\s*(?:;|$)/i;

/** Whether a content type is that of one JSON value; JSON in lines (`application/jsonl`, `application/x-ndjson`) is none. */
export function isJsonType(contentType: string | undefined): boolean {
  return contentType !== undefined && JSON_TYPE.test(contentType);
}
