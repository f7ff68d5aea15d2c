/** The JSON of recorded events, in order; comments and the `[DONE]` marker left out. */
export function sseData(events: readonly string[]): unknown[] {
  return events
    .join('')
    .split(/\r?\n/)
    .flatMap((line) => /^data:\s*([{[].*)$/.exec(line)?.[1] ?? [])
    .filter((data) => data.trim() !== '[DONE]')
    .map((data) => JSON.parse(data) as unknown);
}
