/** An event of a stream that is handed through, with the name that its data does not tell. */
export class NamedEvent {
  readonly event: string;
  readonly data: unknown;

  constructor(event: string, data: unknown) {
    this.event = event;
    this.data = data;
  }

  /** OpenAI's client gives the names of these, and of no others unless it is asked to. */
  get isOfThread(): boolean {
    return this.event.startsWith('thread.');
  }
}
