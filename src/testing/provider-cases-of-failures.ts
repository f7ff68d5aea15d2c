import { inspect } from 'node:util';
import type { Failure, FailureKind } from '../core/failure.ts';
import {
  CONTRACT_KEY,
  chunkTexts,
  contextOf,
  demand,
  type ProviderContractCase,
  requestOf,
  settled,
  type UpstreamMood,
  withSubject,
} from './provider-contract-parts.ts';

/** What a provider must do when an attempt fails. */
export function providerCasesOfFailures(): ProviderContractCase[] {
  return [
    {
      name: 'classifies whatever is thrown at it, and never throws itself',
      run: (open) =>
        withSubject(open, 'answers', async ({ provider }) => {
          for (const thrown of ANYTHING) {
            const failure = provider.classify(thrown);
            checkFailure(failure);
            demand(
              JSON.stringify(factsOf(provider.classify(thrown))) === JSON.stringify(factsOf(failure)),
              'the same throw is the same failure',
            );
          }
        }),
    },
    sentOnce('fails', 500, ['transient', 'overloaded']),
    sentOnce('refuses', 429, ['rate-limited', 'quota-exhausted', 'overloaded']),
    {
      name: 'shows no credential in a failure, though the upstream repeats it',
      run: (open) =>
        withSubject(open, 'fails', async (subject) => {
          const outcome = await settled(subject.provider.send(requestOf(subject), contextOf()));
          const failure = subject.provider.classify('error' in outcome ? outcome.error : undefined);
          const shown = `${failure.message} ${JSON.stringify(failure)} ${inspect(failure, { depth: 12 })}`;
          demand(!shown.includes(CONTRACT_KEY), 'the failure shows the key');
        }),
    },
    {
      name: 'throws when a stream breaks off, and has no further items',
      run: (open) =>
        withSubject(open, 'breaks', async (subject) => {
          const reply = await subject.provider.send(requestOf(subject, {}, true), contextOf());
          if (reply.kind !== 'stream') throw new Error(`expected a stream, got ${reply.kind}`);
          const outcome = await settled(chunkTexts(reply.items));
          if ('value' in outcome) throw new Error('a stream that broke off ended as if it were whole');
          const { kind } = subject.provider.classify(outcome.error);
          demand(kind === 'transient' || kind === 'invalid-response', `a broken stream is ${kind}`);
          const after = await settled(Promise.resolve().then(() => reply.items.next()));
          demand('error' in after || after.value === undefined, 'after its failure a stream has no more items');
        }),
    },
  ];
}

function sentOnce(mood: UpstreamMood, status: number, kinds: readonly FailureKind[]): ProviderContractCase {
  return {
    name: `sends once and rejects when the upstream answers ${status}`,
    run: (open) =>
      withSubject(open, mood, async (subject) => {
        for (const [place, stream] of [false, true].entries()) {
          const outcome = await settled(subject.provider.send(requestOf(subject, {}, stream), contextOf()));
          if ('value' in outcome) throw new Error(`resolved, though the upstream answered ${status}`);
          const failure = subject.provider.classify(outcome.error);
          checkFailure(failure);
          demand(kinds.includes(failure.kind), `a ${status} is ${failure.kind}`);
          demand(failure.status === status && failure.reachedProvider, `a ${status} came from the provider`);
          demand(subject.requests() === place + 1, `sent ${subject.requests()} requests for ${place + 1} attempts`);
        }
      }),
  };
}

const KINDS: Readonly<Record<FailureKind, true>> = {
  transient: true,
  timeout: true,
  overloaded: true,
  'rate-limited': true,
  'quota-exhausted': true,
  'credential-rejected': true,
  'model-unavailable': true,
  'context-too-long': true,
  'content-refused': true,
  'request-invalid': true,
  'invalid-response': true,
  aborted: true,
};

function checkFailure(failure: Failure): void {
  demand(Object.hasOwn(KINDS, failure.kind), `'${failure.kind}' is no kind of failure`);
  demand(typeof failure.code === 'string' && failure.code !== '', 'a failure has a code');
  demand(typeof failure.message === 'string', 'a failure has a message');
  demand(typeof failure.reachedProvider === 'boolean', 'a failure tells whether the provider was reached');
}

function factsOf({ kind, code, message, status, retryAfterMs }: Failure): unknown {
  return [kind, code, message, status, retryAfterMs];
}

const circular: { self?: unknown } = {};
circular.self = circular;

const ANYTHING: readonly unknown[] = [
  undefined,
  null,
  0,
  Number.NaN,
  '',
  'text',
  Symbol('thrown'),
  10n,
  true,
  () => {},
  {},
  [],
  circular,
  Object.create(null),
  new Error(''),
  new TypeError('x is not a function'),
  new AggregateError([new Error('inner')], 'several'),
  Object.assign(new Error('odd'), { message: undefined, code: 7, status: 'none' }),
  new DOMException('aborted', 'AbortError'),
];
