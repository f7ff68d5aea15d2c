import { APIPromise, type OpenAI } from 'openai';
import { carryRecord } from '../../pipeline/record/route-of.ts';
import type { ClientAnswer } from './client-answer.ts';

type ResponsePromise = ConstructorParameters<typeof APIPromise>[1];

// An ordinary property and not a private field: tracers hand out proxies around the promise, and call its methods on them.
const READING = Symbol('tollgate.reading');

/** How an answer is read, once. An object of a class, since the engine moves literals that often live long to where they live longer. */
class Reading {
  readonly handed: Promise<ClientAnswer>;
  /** The promise itself, whichever proxy is asked. */
  promise: unknown;
  read: (handed: ClientAnswer) => unknown = (handed) => handed.value();
  #isRead = false;
  #value: unknown;

  constructor(handed: Promise<ClientAnswer>) {
    this.handed = handed;
  }

  value(handed: ClientAnswer): unknown {
    if (!this.#isRead) {
      this.#isRead = true;
      this.#value = this.read(handed);
    }
    return this.#value;
  }
}

/** OpenAI's promise over an answer of the gateway: nothing is parsed again, and no `Response` is made unless asked for. */
export class ClientPromise<T> extends APIPromise<T> {
  readonly [READING]: Reading;

  constructor(client: OpenAI, handed: Promise<ClientAnswer>) {
    const reading = new Reading(handed);
    super(
      client,
      handed as unknown as ResponsePromise,
      (_client, props) => reading.value(props as unknown as ClientAnswer) as never,
    );
    reading.promise = this;
    this[READING] = reading;
  }

  /** As the client's own, it also works when it is called on a proxy of the promise. */
  override async withResponse(): Promise<{ data: T; response: Response; request_id: string | null }> {
    const reading = this[READING];
    const handed = await reading.handed;
    const data = (await reading.value(handed)) as T;
    const { response } = handed;
    return { data, response, request_id: response.headers.get('x-request-id') };
  }

  /** A resource transforms the promise that it has just been given and hands on the outcome only, so the same one will do. */
  override _thenUnwrap<U>(transform: (data: T, props: never) => U): APIPromise<U> {
    const reading = this[READING];
    const { read } = reading;
    reading.read = (handed) => {
      const value = read(handed) as T;
      const transformed = transform(value, handed as never);
      carryRecord(value, transformed);
      return transformed;
    };
    return reading.promise as APIPromise<U>;
  }
}
