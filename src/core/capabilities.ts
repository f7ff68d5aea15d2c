/** What a deployment can do; undefined means unknown, and an unknown capability never rules a candidate out. */
export interface Capabilities {
  readonly tools?: boolean | undefined;
  readonly parallelTools?: boolean | undefined;
  readonly vision?: boolean | undefined;
  readonly documents?: boolean | undefined;
  readonly audioInput?: boolean | undefined;
  readonly jsonSchema?: boolean | undefined;
  readonly reasoning?: boolean | undefined;
  /** Continues a trailing assistant message. */
  readonly prefill?: boolean | undefined;
  readonly streaming?: boolean | undefined;
  readonly maxOutputTokens?: number | undefined;
}
