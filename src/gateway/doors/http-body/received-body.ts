/** What a request brought. `discard` removes what an upload left on disk. */
export interface ReceivedBody {
  readonly value: unknown;
  readonly discard?: (() => Promise<void>) | undefined;
}
