import { isDeepStrictEqual } from 'node:util';
import { Cancellation } from '../core/cancellation.ts';
import type { Operation } from '../core/operation.ts';
import type { UpstreamRequest } from '../providers/provider.ts';
import { providerCasesOfFailures } from './provider-cases-of-failures.ts';
import {
  chunkTexts,
  contextOf,
  demand,
  type ProviderContractCase,
  type ProviderSubject,
  requestOf,
  settled,
  withSubject,
} from './provider-contract-parts.ts';

export type { OpenSubject, ProviderContractCase, ProviderSubject, UpstreamMood } from './provider-contract-parts.ts';

/**
 * What every provider that answers chats must do, whatever it is built on. `open` gives a provider whose upstream is in
 * the test's hands. Loop over the cases with any test runner:
 * `for (const { name, run } of providerContract()) it(name, () => run(openMyProvider))`.
 */
export function providerContract(): ProviderContractCase[] {
  return [...CASES, ...providerCasesOfFailures()];
}

const CASES: ProviderContractCase[] = [
  {
    name: 'tells the same of a model, an operation and a request each time, and sends nothing for it',
    run: (open) =>
      withSubject(open, 'answers', async (subject) => {
        const { provider, model } = subject;
        const request = requestOf(subject, { temperature: 0.5, n: 2, logit_bias: { 1: 1 }, nobody_knows_this: true });
        demand(provider.supports('chat'), 'a provider under this contract answers chats');
        for (const operation of OPERATIONS) {
          const [first, second] = [provider.supports(operation), provider.supports(operation)];
          demand(first === second, `supports('${operation}') changes its mind`);
        }
        demand(isDeepStrictEqual(provider.capabilities(model), provider.capabilities(model)), 'capabilities change');
        const names = provider.unsupported(request);
        demand(
          names.every((name) => typeof name === 'string' && name !== ''),
          'unsupported params are named',
        );
        demand(isDeepStrictEqual(provider.unsupported(request), names), 'unsupported params change');
        demand(subject.requests() === 0, 'a question about a request is none');
      }),
  },
  {
    name: 'has nothing against values that mean nothing',
    run: (open) =>
      withSubject(open, 'answers', async (subject) => {
        const idle = { n: 1, stop: null, temperature: null, tools: [], logprobs: false, store: false, metadata: null, user: 'u' };
        const names = subject.provider.unsupported(requestOf(subject, idle));
        demand(names.length === 0, `${names} ask for nothing here`);
      }),
  },
  {
    name: "answers a chat in OpenAI's form and leaves the params alone",
    run: (open) =>
      withSubject(open, 'answers', async (subject) => {
        const request = deepFrozen(requestOf(subject, { temperature: 0.5 }));
        const reply = await subject.provider.send(request, contextOf());
        demand(reply.kind === 'object' && reply.status === 200, `a whole answer is an object, not ${reply.kind}`);
        const { object, choices } = (reply.kind === 'object' ? reply.body : {}) as ChatAnswer;
        demand(object === 'chat.completion', `object is ${object}`);
        demand(choices?.[0]?.message?.role === 'assistant', 'the first choice has a message of the assistant');
        demand(typeof choices?.[0]?.finish_reason === 'string', 'the first choice has a finish reason');
        demand(subject.requests() === 1, `sent ${subject.requests()} requests`);
      }),
  },
  {
    name: 'streams a chat to its regular end, which it tells again and again',
    run: (open) =>
      withSubject(open, 'answers', async (subject) => {
        const items = await streamOf(subject);
        const finishes: unknown[] = [];
        for (let item = await items.next(); item !== undefined; item = await items.next()) {
          const { object, choices } = item as ChatAnswer;
          demand(object === 'chat.completion.chunk', `object is ${object}`);
          finishes.push(...(choices ?? []).flatMap(({ finish_reason: finish }) => finish ?? []));
        }
        demand(finishes.length > 0, 'a stream tells its finish reason');
        demand((await items.next()) === undefined, 'an end stays one');
        items.cancel();
        demand((await items.next()) === undefined, 'an end stays one after a cancellation');
      }),
  },
  {
    name: 'ends a stream that is cancelled, however often, without a throw',
    run: (open) =>
      withSubject(open, 'answers', async (subject) => {
        const items = await streamOf(subject);
        await items.next();
        items.cancel();
        items.cancel();
        demand((await items.next()) === undefined, 'a cancelled stream has no more items');
      }),
  },
  {
    name: 'rejects at once with the reason when an attempt is cancelled that waits for its answer',
    run: (open) =>
      withSubject(open, 'hangs', async (subject) => {
        for (const stream of [false, true]) {
          const cancellation = new Cancellation();
          const reason = new Error('the caller is gone');
          const sent = settled(subject.provider.send(requestOf(subject, {}, stream), contextOf(cancellation)));
          await subject.reached();
          cancellation.cancel(reason);
          const outcome = await sent;
          demand('error' in outcome && outcome.error === reason, 'rejects with the reason of the cancellation');
        }
      }),
  },
  {
    name: 'ends an open stream with the reason when its attempt is cancelled',
    run: (open) =>
      withSubject(open, 'stalls', async (subject) => {
        const cancellation = new Cancellation();
        const reason = new Error('the caller is gone');
        const items = await streamOf(subject, cancellation);
        await items.next();
        cancellation.cancel(reason);
        const outcome = await settled(chunkTexts(items));
        demand('error' in outcome && outcome.error === reason, 'the reader gets the reason of the cancellation');
      }),
  },
];

interface ChatAnswer {
  object?: string;
  choices?: { message?: { role?: string }; finish_reason?: string | null }[];
}

const OPERATIONS: readonly Operation[] = [
  'chat',
  'responses',
  'completions',
  'embeddings',
  'images.generate',
  'moderations',
  'passthrough',
];

async function streamOf(subject: ProviderSubject, cancellation?: Cancellation) {
  const reply = await subject.provider.send(requestOf(subject, {}, true), contextOf(cancellation));
  if (reply.kind !== 'stream') throw new Error(`expected a stream, got ${reply.kind}`);
  return reply.items;
}

function deepFrozen(request: UpstreamRequest): UpstreamRequest {
  freeze(request);
  return request;
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  Object.freeze(value);
  for (const child of Object.values(value)) freeze(child);
}
