/** The JSON body of a call as the caller gave it: OpenAI's params of the operation, unknown fields included. */
export type Params = Readonly<Record<string, unknown>>;
