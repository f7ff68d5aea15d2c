import fc from 'fast-check';

export type Json = Record<string, unknown>;

/** What a model says in one turn, before any wire puts it into its own form. */
export interface SaidTurn {
  readonly thoughts: string | undefined;
  /** The thoughts can't be read. */
  readonly redacted: boolean;
  readonly text: string | undefined;
  readonly refusal: string | undefined;
  readonly calls: readonly SaidCall[];
}

export interface SaidCall {
  readonly id: string;
  readonly name: string;
  /** As JSON, or empty. */
  readonly written: string;
}

/** What became of the calls of a turn, and how the user goes on. */
export interface Going {
  readonly results: 'text' | 'parts' | 'empty' | 'image' | 'failed' | 'object';
  readonly order: 'as called' | 'reversed';
  readonly user: 'silent' | 'speaks' | 'instructs';
  readonly isMarked: boolean;
}

/** How a client keeps what it was told. */
export interface Client {
  readonly keeps: 'everything' | "OpenAI's fields" | 'reasoning' | 'nulls';
  readonly turns: 'as they are' | 'text apart' | 'a turn for each call' | 'thoughts apart';
  readonly ids: 'as they are' | 'long' | 'odd' | 'counted anew';
  readonly content: 'as it is' | 'empty text' | 'parts' | 'null';
}

export interface Step {
  readonly wire: number;
  readonly stream: 'whole' | 'pieces' | 'joined';
  readonly said: SaidTurn;
  readonly going: Going;
  readonly client: Client;
}

export interface RandomConversation {
  readonly steps: readonly Step[];
  readonly thinks: boolean;
}

const turn = (number: number): fc.Arbitrary<SaidTurn> =>
  fc.record({
    thoughts: fc.constantFrom(undefined, `thought-${number}`, `thought-${number} goes on`),
    redacted: fc.nat(5).map((one) => one === 0),
    text: fc.constantFrom(undefined, `text-${number}`, `text-${number} `, ''),
    refusal: fc.nat(9).map((one) => (one === 0 ? `refusal-${number}` : undefined)),
    calls: fc.array(fc.tuple(fc.constantFrom('look', 'ask'), fc.boolean()), { maxLength: 3 }).map((calls) =>
      calls.map(([name, isEmpty], place) => ({
        id: `given${number}${place}`,
        name,
        written: isEmpty ? '' : JSON.stringify({ at: `argument-${number}-${place}` }),
      })),
    ),
  });

const going: fc.Arbitrary<Going> = fc.record({
  results: fc.constantFrom('text', 'parts', 'empty', 'image', 'failed', 'object'),
  order: fc.constantFrom('as called', 'reversed'),
  user: fc.constantFrom('silent', 'speaks', 'instructs'),
  isMarked: fc.boolean(),
});

const client: fc.Arbitrary<Client> = fc.record({
  keeps: fc.constantFrom('everything', "OpenAI's fields", 'reasoning', 'nulls'),
  turns: fc.constantFrom('as they are', 'as they are', 'text apart', 'a turn for each call', 'thoughts apart'),
  ids: fc.constantFrom('as they are', 'as they are', 'long', 'odd', 'counted anew'),
  content: fc.constantFrom('as it is', 'empty text', 'parts', 'null'),
});

/** Conversations of two to four turns, each at one of so many wires. */
export function conversations(wires: number): fc.Arbitrary<RandomConversation> {
  const step = (number: number): fc.Arbitrary<Step> =>
    fc.record({
      wire: fc.nat(wires - 1),
      stream: fc.constantFrom('whole', 'pieces', 'joined'),
      said: turn(number),
      going,
      client,
    });
  return fc.record({
    steps: fc.integer({ min: 2, max: 4 }).chain((length) => fc.tuple(...Array.from({ length }, (_, number) => step(number)))),
    thinks: fc.boolean(),
  });
}
