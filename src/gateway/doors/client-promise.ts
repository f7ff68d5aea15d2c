import { APIPromise } from 'openai';
import { carryRecord } from '../../pipeline/record/route-of.ts';
import type { ClientAnswer } from './client-answer.ts';

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
  #parsed: Promise<unknown> | undefined;

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

  get parsed(): Promise<unknown> {
    this.#parsed ??= this.handed.then((handed) => this.value(handed));
    return this.#parsed;
  }
}

/**
 * OpenAI's promise without its constructor, which enters each promise into a weak map, at the cost of several promises. What
 * would look there is the subclass's own.
 */
class BarePromise<T> extends Promise<T> {}
Object.setPrototypeOf(BarePromise.prototype, APIPromise.prototype);

/** The promise itself is never waited for, only what is read. */
const atOnce = (resolve: (value: never) => void) => resolve(undefined as never);

/** OpenAI's promise over an answer of the gateway: nothing is parsed again, and no `Response` is made unless asked for. */
class ClientPromise<T> extends BarePromise<T> {
  readonly [READING]: Reading;

  constructor(handed: Promise<ClientAnswer>) {
    super(atOnce);
    const reading = new Reading(handed);
    reading.promise = this;
    this[READING] = reading;
  }

  /** What OpenAI's `then`, `catch` and `finally` wait for. */
  parse(): Promise<T> {
    return this[READING].parsed as Promise<T>;
  }

  async asResponse(): Promise<Response> {
    return (await this[READING].handed).response;
  }

  /** As the client's own, it also works when it is called on a proxy of the promise. */
  async withResponse(): Promise<{ data: T; response: Response; request_id: string | null }> {
    const reading = this[READING];
    const handed = await reading.handed;
    const data = (await reading.value(handed)) as T;
    const { response } = handed;
    return { data, response, request_id: response.headers.get('x-request-id') };
  }

  /** A resource transforms the promise that it has just been given and hands on the outcome only, so the same one will do. */
  _thenUnwrap<U>(transform: (data: T, props: never) => U): APIPromise<U> {
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

/** The promise that a method of the client gives for an answer. */
export function clientPromise<T>(handed: Promise<ClientAnswer>): APIPromise<T> {
  return new ClientPromise<T>(handed) as unknown as APIPromise<T>;
}
